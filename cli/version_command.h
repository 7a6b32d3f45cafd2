// `firebreak version`.
#ifndef FIREBREAK_CLI_VERSION_COMMAND_H_
#define FIREBREAK_CLI_VERSION_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace firebreak::cli {

// VersionLine is what `firebreak version` and `firebreak --version` print, without a line feed.
std::string VersionLine();
void AddVersionCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_VERSION_COMMAND_H_
