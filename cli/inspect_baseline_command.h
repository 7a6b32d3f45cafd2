// `firebreak inspect baseline`: learned baselines as files.
#ifndef FIREBREAK_CLI_INSPECT_BASELINE_COMMAND_H_
#define FIREBREAK_CLI_INSPECT_BASELINE_COMMAND_H_

#include "cli/command.h"

namespace firebreak::cli {

void AddInspectBaseline(CLI::App& inspect_command, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INSPECT_BASELINE_COMMAND_H_
