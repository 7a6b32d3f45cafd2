// `firebreak flows import`.
#ifndef FIREBREAK_CLI_FLOWS_IMPORT_H_
#define FIREBREAK_CLI_FLOWS_IMPORT_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsImport(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_IMPORT_H_
