// `firebreak flows reconcile`.
#ifndef FIREBREAK_CLI_FLOWS_RECONCILE_H_
#define FIREBREAK_CLI_FLOWS_RECONCILE_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsReconcile(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_RECONCILE_H_
