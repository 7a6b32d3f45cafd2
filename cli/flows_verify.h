// `firebreak flows verify`.
#ifndef FIREBREAK_CLI_FLOWS_VERIFY_H_
#define FIREBREAK_CLI_FLOWS_VERIFY_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsVerify(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_VERIFY_H_
