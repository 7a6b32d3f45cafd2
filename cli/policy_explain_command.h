// `firebreak policy explain`: why a question is answered as it is.
#ifndef FIREBREAK_CLI_POLICY_EXPLAIN_COMMAND_H_
#define FIREBREAK_CLI_POLICY_EXPLAIN_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddPolicyExplain(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_EXPLAIN_COMMAND_H_
