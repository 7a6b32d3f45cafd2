// `firebreak inspect stream`: what inspection says of the bytes of one connection.
#ifndef FIREBREAK_CLI_INSPECT_STREAM_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_STREAM_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddInspectStream(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_STREAM_COMMAND_H_
