#include "cli/version_command.h"

#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace firebreak::cli {

std::string VersionLine() { return "firebreak " FIREBREAK_VERSION; }

void AddVersionCommand(CLI::App& app, CommandContext& context) {
  app.add_subcommand("version", "Print the version")->callback([&context] {
    context.out << VersionLine() << "\n";
  });
}

}  // namespace firebreak::cli
