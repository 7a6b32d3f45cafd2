#include "cli/reference_command.h"

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

constexpr char kPreface[] = R"(# `firebreak`

This page is printed by `firebreak reference`; a test holds it to the program. Update it with
`firebreak reference > docs/reference/cli.md`.

## Conventions

| exit code | meaning |
|---|---|
| 0 | yes, clean, done |
| 1 | the answer is no: denied, differs, failed tests, findings above the threshold |
| 2 | bad usage or unreadable input |
| 3 | the target cannot be reached |

- Data goes to stdout; progress, hints and errors go to stderr.
- `--color auto|always|never` works with every command. `auto` means colour on a terminal unless
  `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
- Text that came from a file or from the network is escaped before it is printed: `\xNN` and
  `\u{NNNN}` stand for bytes and characters that a terminal could take as a command.
- An option that may be repeated takes one value each time. Repeated values are alternatives;
  different options must all match.
- Completion: `source <(firebreak completion bash)`, likewise `zsh`; `firebreak completion fish | source`.
)";

// TableText keeps text within one Markdown table cell.
std::string TableText(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}});
}

// Spelling is an option as the reference writes it: `-o`, `--output` *FORMAT*.
std::string Spelling(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("`-" + name + "`");
  for (const std::string& name : option.get_lnames()) names.push_back("`--" + name + "`");
  if (names.empty()) names.push_back("`" + option.get_name() + "`");
  const std::string& value = option.get_option_text();
  const bool blank = value.find_first_not_of(' ') == std::string::npos;
  return absl::StrCat(absl::StrJoin(names, ", "), blank ? "" : " ", blank ? "" : TableText(value));
}

void AppendCommand(const CLI::App& command, std::string* page) {
  absl::StrAppend(page, "\n## `", FullName(command), "`\n\n", command.get_description(), ".\n");
  const std::vector<const CLI::App*> subs = SubCommands(command);
  if (!subs.empty()) absl::StrAppend(page, "\n| command | |\n|---|---|\n");
  for (const CLI::App* sub : subs) {
    absl::StrAppend(page, "| `", sub->get_name(), "` | ", TableText(sub->get_description()),
                    " |\n");
  }
  bool header = false;
  for (const CLI::Option* option : command.get_options()) {
    if (option == command.get_help_ptr()) continue;
    if (!header) absl::StrAppend(page, "\n| option | |\n|---|---|\n");
    header = true;
    absl::StrAppend(page, "| ", Spelling(*option), " | ", TableText(DescriptionOf(*option)),
                    " |\n");
  }
}

}  // namespace

std::string Reference(const CLI::App& root) {
  std::string page = kPreface;
  for (const CLI::App* command : AllCommands(root)) AppendCommand(*command, &page);
  return page;
}

void AddReferenceCommand(CLI::App& app, CommandContext& context) {
  app.add_subcommand("reference", "Print the reference of all commands as Markdown")
      ->group("")
      ->callback([&app, &context] { context.out << Reference(app); });
}

}  // namespace firebreak::cli
