#include "cli/app.h"

#include <algorithm>
#include <new>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"
#include "cli/certs_command.h"
#include "cli/choice.h"
#include "cli/collector_command.h"
#include "cli/command_tree.h"
#include "cli/completion_command.h"
#include "cli/detect_command.h"
#include "cli/flows_command.h"
#include "cli/incident_command.h"
#include "cli/inspect_command.h"
#include "cli/policy_command.h"
#include "cli/quarantine_command.h"
#include "cli/reference_command.h"
#include "cli/version_command.h"

namespace firebreak::cli {
namespace {

// HelpFormatter says what is required: CLI11 does not where an option names its value.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_desc(const CLI::Option* option) const override {
    return DescriptionOf(*option);
  }
};

void AddGlobalOptions(CLI::App& app, CommandContext& context) {
  AddChoice<ColorMode>(
      app, "--color", context.color,
      {{"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}},
      "Colour: auto means on a terminal without NO_COLOR");
  app.set_version_flag("--version", VersionLine(), "Print the version");
}

// Deepest returns the last command on the line that was understood, for hints.
const CLI::App& Deepest(const CLI::App& app) {
  const CLI::App* current = &app;
  for (auto parsed = current->get_subcommands(); !parsed.empty();
       parsed = current->get_subcommands()) {
    current = parsed.back();
  }
  return *current;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : SubCommands(app)) names.push_back(command->get_name());
  return names;
}

// FirstUnknown returns the first word that was not understood where a command was due, or nothing.
std::string FirstUnknown(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> extras = app.remaining(/*recurse=*/true);
  if (extras.empty() || extras.front().empty() || extras.front().front() == '-') return "";
  return CommandNames(command).empty() ? "" : extras.front();
}

// UnknownOption returns the first option that neither the command nor those above it have, without
// its value. CLI11 tells of one only when nothing that is required is missing.
std::string UnknownOption(const CLI::App& app) {
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    if (word.size() > 1 && word.front() == '-') return word.substr(0, word.find('='));
  }
  return "";
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

void PrintUnknown(absl::string_view kind, absl::string_view word,
                  const std::vector<std::string>& names, CommandContext& context) {
  context.err << "firebreak: unknown " << kind << " \"" << PrintableEscaped(word) << "\"\n";
  const std::string near =
      config::DidYouMean(word, std::vector<absl::string_view>(names.begin(), names.end()));
  if (!near.empty()) context.err << "help: " << near << "\n";
}

// Few commands are told where none is near.
void PrintCommands(const CLI::App& command, absl::string_view unknown, CommandContext& context) {
  constexpr size_t kFew = 12;
  const std::vector<std::string> names = CommandNames(command);
  PrintUnknown("command", unknown, names, context);
  const std::vector<absl::string_view> words(names.begin(), names.end());
  if (names.size() > kFew || !config::DidYouMean(unknown, words).empty()) return;
  context.err << "help: one of " << absl::StrJoin(names, ", ") << "\n";
}

// MessageOf is what CLI11 says, but of a value that is missing: it says "--last: 1 required TEXT
// missing".
std::string MessageOf(const CLI::ParseError& error) {
  const std::vector<std::string> parts =
      absl::StrSplit(error.what(), absl::ByAnyChar(": "), absl::SkipEmpty());
  const bool missing = dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr &&
                       parts.size() > 3 && parts[2] == "required" && parts.back() == "missing";
  if (!missing) return error.what();
  return absl::StrCat(parts[0], " needs ", parts[1] == "1" ? "a value" : parts[1] + " values");
}

std::string HelpOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return command.help(parent == nullptr ? "" : FullName(*parent));
}

int ReportUsage(const CLI::App& app, const CLI::ParseError& error, CommandContext& context) {
  const CLI::App& command = Deepest(app);
  const std::string unknown = FirstUnknown(app, command);
  const std::string option = UnknownOption(app);
  if (!unknown.empty()) {
    PrintCommands(command, unknown, context);
  } else if (!option.empty()) {
    PrintUnknown("option", option, OptionNames(command), context);
  } else if (!CommandNames(command).empty() && app.remaining(true).empty() &&
             dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    context.err << HelpOf(command);  // a command without its sub-command
    return kExitUsage;
  } else {
    context.err << "firebreak: " << PrintableEscaped(MessageOf(error)) << "\n";
  }
  context.err << "help: " << FullName(command) << " --help\n";
  return kExitUsage;
}

}  // namespace

std::unique_ptr<CLI::App> MakeApp(CommandContext& context) {
  auto app = std::make_unique<CLI::App>(
      "Zero-trust microsegmentation: certificates, policy and flows", "firebreak");
  app->formatter(std::make_shared<HelpFormatter>());  // of the commands below it too
  app->require_subcommand(1);
  app->fallthrough();  // --color is understood after the command too
  AddGlobalOptions(*app, context);
  AddCertsCommand(*app, context);
  AddCollectorCommand(*app, context);
  AddDetectCommand(*app, context);
  AddIncidentCommand(*app, context);
  AddFlowsCommand(*app, context);
  AddPolicyCommand(*app, context);
  AddQuarantineCommand(*app, context);
  AddInspectCommand(*app, context);
  AddCompletionCommand(*app, context);
  AddReferenceCommand(*app, context);
  AddVersionCommand(*app, context);
  return app;
}

int RunFirebreak(std::vector<std::string> args, CommandContext& context) {
  const std::unique_ptr<CLI::App> app = MakeApp(context);
  std::reverse(args.begin(), args.end());  // CLI11 takes them last first
  try {
    app->parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    context.out << HelpOf(Deepest(*app));
  } catch (const CLI::CallForVersion& version) {
    context.out << version.what() << "\n";
  } catch (const CLI::ParseError& error) {
    context.exit_code = ReportUsage(*app, error, context);
  } catch (const std::bad_alloc&) {  // within a bound of ours, but beyond what the process may have
    context.err << "firebreak: out of memory\n";
    context.exit_code = kExitUsage;
  }
  return context.exit_code;
}

}  // namespace firebreak::cli
