// `firebreak policy fmt`.
#ifndef FIREBREAK_CLI_POLICY_FMT_COMMAND_H_
#define FIREBREAK_CLI_POLICY_FMT_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddPolicyFmt adds the command below `policy`.
void AddPolicyFmt(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_FMT_COMMAND_H_
