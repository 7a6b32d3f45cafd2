// `firebreak detect`: who moves through the mesh that should not, from flow logs.
#ifndef FIREBREAK_CLI_DETECT_COMMAND_H_
#define FIREBREAK_CLI_DETECT_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddDetectCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_DETECT_COMMAND_H_
