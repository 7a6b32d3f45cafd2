// `firebreak collector`.
#ifndef FIREBREAK_CLI_COLLECTOR_COMMAND_H_
#define FIREBREAK_CLI_COLLECTOR_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddCollectorCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_COLLECTOR_COMMAND_H_
