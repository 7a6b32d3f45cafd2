#include "cli/version_command.h"

#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/build_info.h"

namespace firebreak::cli {

std::string VersionLine() { return std::string("firebreak ") + BuildInfo(); }

void AddVersionCommand(CLI::App& app, CommandContext& context) {
  app.add_subcommand("version", "Print the version, and the commit it was built from")
      ->callback([&context] { context.out << VersionLine() << "\n"; });
}

}  // namespace firebreak::cli
