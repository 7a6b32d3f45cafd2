// `firebreak policy suggest`.
#ifndef FIREBREAK_CLI_POLICY_SUGGEST_COMMAND_H_
#define FIREBREAK_CLI_POLICY_SUGGEST_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddPolicySuggest adds the command below `policy`.
void AddPolicySuggest(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_SUGGEST_COMMAND_H_
