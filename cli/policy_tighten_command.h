// `firebreak policy tighten`.
#ifndef FIREBREAK_CLI_POLICY_TIGHTEN_COMMAND_H_
#define FIREBREAK_CLI_POLICY_TIGHTEN_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddPolicyTighten adds the command below `policy`.
void AddPolicyTighten(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_TIGHTEN_COMMAND_H_
