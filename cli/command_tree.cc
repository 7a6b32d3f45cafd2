#include "cli/command_tree.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/str_cat.h"

namespace firebreak::cli {

std::string FullName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name()
                           : absl::StrCat(FullName(*parent), " ", command.get_name());
}

std::vector<const CLI::App*> SubCommands(const CLI::App& command) {
  // A command in the group "" is hidden: CLI11's convention.
  return command.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

std::string DescriptionOf(const CLI::Option& option) {
  const bool must = option.get_required() && option.nonpositional();
  return absl::StrCat(option.get_description(), must ? " (required)" : "");
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<const CLI::App*> AllCommands(const CLI::App& command) {
  std::vector<const CLI::App*> all = {&command};
  for (const CLI::App* sub : SubCommands(command)) {
    for (const CLI::App* below : AllCommands(*sub)) all.push_back(below);
  }
  return all;
}

}  // namespace firebreak::cli
