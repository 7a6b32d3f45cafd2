// `firebreak policy`.
#ifndef FIREBREAK_CLI_POLICY_COMMAND_H_
#define FIREBREAK_CLI_POLICY_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddPolicyCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_COMMAND_H_
