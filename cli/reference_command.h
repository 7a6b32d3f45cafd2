// `firebreak reference`, hidden: prints docs/reference/cli.md from the tree of commands.
#ifndef FIREBREAK_CLI_REFERENCE_COMMAND_H_
#define FIREBREAK_CLI_REFERENCE_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace firebreak::cli {

// Reference is the whole page. A test compares it with the page in the tree.
std::string Reference(const CLI::App& root);

void AddReferenceCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_REFERENCE_COMMAND_H_
