// `firebreak inspect`: what inspection says of given bytes, and why.
#ifndef FIREBREAK_CLI_INSPECT_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddInspectCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_COMMAND_H_
