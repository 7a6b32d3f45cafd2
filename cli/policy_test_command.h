// `firebreak policy test`: unit tests for policies.
#ifndef FIREBREAK_CLI_POLICY_TEST_COMMAND_H_
#define FIREBREAK_CLI_POLICY_TEST_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddPolicyTest(CLI::App& policy_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_TEST_COMMAND_H_
