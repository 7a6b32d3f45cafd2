// What `firebreak flows top` and `firebreak flows map` share: counting edges over logs.
#ifndef FIREBREAK_CLI_EDGE_OPTIONS_H_
#define FIREBREAK_CLI_EDGE_OPTIONS_H_

#include <string>

#include "cli/command.h"
#include "cli/flow_input.h"
#include "cli/flow_question.h"
#include "flows/edge_tally.h"

namespace firebreak::cli {

struct EdgeOptions {
  FlowSource source;
  FlowQuestion question;
};

void AddEdgeOptions(CLI::App& command, EdgeOptions& options, const Clock& clock);

// CountEdges counts what passes the filter, and tells on err of what is not in the numbers. False,
// with exit_code set: a log cannot be read.
bool CountEdges(const EdgeOptions& options, flows::EdgeTally& tally, CommandContext& context);

// EdgeJson is one object with the names and all numbers of a row.
std::string EdgeJson(const flows::EdgeRow& row);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_EDGE_OPTIONS_H_
