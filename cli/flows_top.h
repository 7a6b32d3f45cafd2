// `firebreak flows top`.
#ifndef FIREBREAK_CLI_FLOWS_TOP_H_
#define FIREBREAK_CLI_FLOWS_TOP_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsTop(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_TOP_H_
