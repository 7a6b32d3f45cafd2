// `firebreak flows`.
#ifndef FIREBREAK_CLI_FLOWS_COMMAND_H_
#define FIREBREAK_CLI_FLOWS_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_COMMAND_H_
