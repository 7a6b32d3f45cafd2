#include "cli/completion_command.h"

#include <ostream>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "cli/command_tree.h"

namespace firebreak::cli {
namespace {

// Each script first finds the command being typed: of the words before the cursor, those that lead
// down the tree. Then it offers that command's sub-commands and options.

std::string WordsOf(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* sub : SubCommands(command)) words.push_back(sub->get_name());
  for (const std::string& name : OptionNames(command)) words.push_back(name);
  return absl::StrJoin(words, " ");
}

// ShellCases are the two case tables that bash and zsh share: one step down the tree, and what to
// offer at each place.
std::string StepPattern(const CLI::App& root) {
  std::vector<std::string> paths;
  for (const CLI::App* command : AllCommands(root)) {
    if (command->get_parent() != nullptr) {
      paths.push_back(absl::StrCat("\"", FullName(*command), "\""));
    }
  }
  return absl::StrJoin(paths, "|");
}

std::string OfferCases(const CLI::App& root) {
  std::string cases;
  for (const CLI::App* command : AllCommands(root)) {
    absl::StrAppend(&cases, "    \"", FullName(*command), "\") offer=\"", WordsOf(*command),
                    "\" ;;\n");
  }
  return cases;
}

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

}  // namespace

std::string BashCompletion(const CLI::App& root) {
  return absl::StrCat(
      R"(# bash completion of firebreak. Load with: source <(firebreak completion bash)
_firebreak() {
  local place="firebreak" offer="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place ${COMP_WORDS[i]}" in
      )",
      StepPattern(root), R"() place="$place ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place" in
)",
      OfferCases(root), R"(  esac
  COMPREPLY=($(compgen -W "$offer" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _firebreak firebreak
)");
}

std::string ZshCompletion(const CLI::App& root) {
  return absl::StrCat(R"(#compdef firebreak
# zsh completion of firebreak. Load with: source <(firebreak completion zsh)
_firebreak() {
  local place="firebreak" offer="" i
  for ((i = 2; i < CURRENT; i++)); do
    case "$place ${words[i]}" in
      )",
                      StepPattern(root), R"() place="$place ${words[i]}" ;;
    esac
  done
  case "$place" in
)",
                      OfferCases(root), R"(  esac
  compadd -- ${=offer} || _files
}
compdef _firebreak firebreak
)");
}

std::string FishCompletion(const CLI::App& root) {
  std::vector<std::string> paths;
  std::string lines;
  for (const CLI::App* command : AllCommands(root)) {
    const std::string place = FullName(*command);
    if (command->get_parent() != nullptr) paths.push_back(FishQuoted(place));
    const std::string at = absl::StrCat("complete -c firebreak -n ",
                                        FishQuoted(absl::StrCat("__firebreak_at \"", place, "\"")));
    for (const CLI::App* sub : SubCommands(*command)) {
      absl::StrAppend(&lines, at, " -f -a ", sub->get_name(), " -d ",
                      FishQuoted(sub->get_description()), "\n");
    }
    for (const CLI::Option* option : command->get_options()) {
      std::string names;
      for (const std::string& name : option->get_snames()) absl::StrAppend(&names, " -s ", name);
      for (const std::string& name : option->get_lnames()) absl::StrAppend(&names, " -l ", name);
      if (names.empty()) continue;  // positional
      absl::StrAppend(&lines, at, names, " -d ", FishQuoted(option->get_description()), "\n");
    }
  }
  return absl::StrCat(
      R"(# fish completion of firebreak. Load with: firebreak completion fish | source
function __firebreak_at
  set -l place firebreak
  for word in (commandline -opc)[2..-1]
    if contains -- "$place $word" )",
      absl::StrJoin(paths, " "), R"(
      set place "$place $word"
    end
  end
  test "$place" = "$argv[1]"
end
)",
      lines);
}

void AddCompletionCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("completion", "Print a script that completes commands");
  command.require_subcommand(1);
  const auto add = [&](const char* shell, std::string (*script)(const CLI::App&)) {
    command.add_subcommand(shell, absl::StrCat("For ", shell))->callback([&app, &context, script] {
      context.out << script(app);
    });
  };
  add("bash", BashCompletion);
  add("zsh", ZshCompletion);
  add("fish", FishCompletion);
}

}  // namespace firebreak::cli
