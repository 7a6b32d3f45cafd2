// Flow logs as the input of a command.
#ifndef FIREBREAK_CLI_FLOW_INPUT_H_
#define FIREBREAK_CLI_FLOW_INPUT_H_

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "flows/flow.h"

namespace firebreak::cli {

// FlowInput is --flows, --since and --until as they were typed.
struct FlowInput {
  std::vector<std::string> files;  // "-" is standard input
  std::string since;
  std::string until;
};

// AddFlowInput adds the three options; without required, a command may do without flows.
void AddFlowInput(CLI::App& command, FlowInput& input, bool required);

// ReadFlows gives every flow of the window to take, merged by time. Lines that are no flow are told
// of on err, the first of them each. False: a file cannot be read, or a time is none; it is told of
// and context.exit_code is set.
bool ReadFlows(const FlowInput& input, const std::function<void(const flows::Flow&)>& take,
               CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOW_INPUT_H_
