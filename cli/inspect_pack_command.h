// `firebreak inspect pack`: rule packs, checked and signed.
#ifndef FIREBREAK_CLI_INSPECT_PACK_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_PACK_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddInspectPack(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_PACK_COMMAND_H_
