// `firebreak flows export`.
#ifndef FIREBREAK_CLI_FLOWS_EXPORT_H_
#define FIREBREAK_CLI_FLOWS_EXPORT_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsExport(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_EXPORT_H_
