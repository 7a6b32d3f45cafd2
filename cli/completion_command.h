// `firebreak completion`.
#ifndef FIREBREAK_CLI_COMPLETION_COMMAND_H_
#define FIREBREAK_CLI_COMPLETION_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace firebreak::cli {

// The scripts complete commands and options of the tree that root heads, and file names elsewhere.
std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);
std::string FishCompletion(const CLI::App& root);

void AddCompletionCommand(CLI::App& app, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_COMPLETION_COMMAND_H_
