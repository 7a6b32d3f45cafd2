// The filters over flows, as options: one grammar for every command that asks about flows.
#ifndef FIREBREAK_CLI_FLOW_FILTER_OPTIONS_H_
#define FIREBREAK_CLI_FLOW_FILTER_OPTIONS_H_

#include "base/clock.h"
#include "cli/command.h"
#include "cli/flow_question.h"

namespace firebreak::cli {

// AddFlowFilters adds every filter, --since and --until. An option that is repeated names
// alternatives, different ones must all match, and --not turns round the one that follows it. Both
// question and clock must outlive the parse. Values that can never match are refused.
void AddFlowFilters(CLI::App& command, FlowQuestion& question, const Clock& clock);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOW_FILTER_OPTIONS_H_
