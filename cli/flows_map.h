// `firebreak flows map`.
#ifndef FIREBREAK_CLI_FLOWS_MAP_H_
#define FIREBREAK_CLI_FLOWS_MAP_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddFlowsMap(CLI::App& flows_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FLOWS_MAP_H_
