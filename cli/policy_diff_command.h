// `firebreak policy diff` and `firebreak policy prove`.
#ifndef FIREBREAK_CLI_POLICY_DIFF_COMMAND_H_
#define FIREBREAK_CLI_POLICY_DIFF_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddPolicyDiff and AddPolicyProve add the commands below `policy`.
void AddPolicyDiff(CLI::App& policy_command, CommandContext& context);
void AddPolicyProve(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_DIFF_COMMAND_H_
