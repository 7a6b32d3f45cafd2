// `firebreak inspect request`.
#ifndef FIREBREAK_CLI_INSPECT_REQUEST_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_REQUEST_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

// AddInspectRequest adds the command below `inspect`.
void AddInspectRequest(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_REQUEST_COMMAND_H_
