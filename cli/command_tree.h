// The tree of commands, for what is generated from it: hints, completion, the reference.
#ifndef FIREBREAK_CLI_COMMAND_TREE_H_
#define FIREBREAK_CLI_COMMAND_TREE_H_

#include <string>
#include <vector>

#include "cli/command.h"

namespace CLI {
class Option;
}  // namespace CLI

namespace firebreak::cli {

// FullName is a command as it is typed, "firebreak flows observe".
std::string FullName(const CLI::App& command);

// SubCommands returns the commands below one, in the order of the help, without hidden ones.
std::vector<const CLI::App*> SubCommands(const CLI::App& command);

// DescriptionOf is what the help says of an option, and whether it must be there.
std::string DescriptionOf(const CLI::Option& option);

// OptionNames returns "-o" and "--output" of every option of a command, in the order of the help.
std::vector<std::string> OptionNames(const CLI::App& command);

// AllCommands returns a command and everything below it, parents first.
std::vector<const CLI::App*> AllCommands(const CLI::App& command);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_COMMAND_TREE_H_
