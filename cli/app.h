// The `firebreak` command line as a whole.
#ifndef FIREBREAK_CLI_APP_H_
#define FIREBREAK_CLI_APP_H_

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace firebreak::cli {

// MakeApp builds the tree of commands. The context must outlive the app.
std::unique_ptr<CLI::App> MakeApp(CommandContext& context);

// RunFirebreak parses args (without the program's name), runs the command they name and returns
// the exit code.
int RunFirebreak(std::vector<std::string> args, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_APP_H_
