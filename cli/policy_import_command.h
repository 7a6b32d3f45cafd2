// `firebreak policy import`.
#ifndef FIREBREAK_CLI_POLICY_IMPORT_COMMAND_H_
#define FIREBREAK_CLI_POLICY_IMPORT_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddPolicyImport adds the command below `policy`.
void AddPolicyImport(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_IMPORT_COMMAND_H_
