// `firebreak policy can`, `policy who-can` and `policy reach`.
#ifndef FIREBREAK_CLI_POLICY_REACH_COMMAND_H_
#define FIREBREAK_CLI_POLICY_REACH_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddPolicyCan(CLI::App& policy_command, CommandContext& context);
void AddPolicyWhoCan(CLI::App& policy_command, CommandContext& context);
void AddPolicyReach(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_REACH_COMMAND_H_
