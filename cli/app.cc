#include "cli/app.h"

#include <algorithm>
#include <map>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"
#include "cli/suggest.h"
#include "cli/version_command.h"

namespace firebreak::cli {
namespace {

void AddGlobalOptions(CLI::App& app, CommandContext& context) {
  static const std::map<std::string, ColorMode> kColors = {
      {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
  app.add_option("--color", context.color, "auto, always or never; auto heeds NO_COLOR")
      ->transform(CLI::CheckedTransformer(kColors))
      ->option_text("WHEN");
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

std::string FullName(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : absl::StrCat(FullName(*parent), " ", app.get_name());
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// FirstUnknown returns the first word that names no command of app, or nothing when app takes no
// commands or the word is an option.
std::string FirstUnknown(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty() || extras.front().empty() || extras.front().front() == '-') return "";
  return CommandNames(app).empty() ? "" : extras.front();
}

int ReportUsage(const CLI::App& app, const CLI::ParseError& error, CommandContext& context) {
  const CLI::App& command = Deepest(app);
  const std::string unknown = FirstUnknown(command);
  if (unknown.empty()) {
    context.err << "firebreak: " << PrintableEscaped(error.what()) << "\n";
  } else {
    context.err << "firebreak: unknown command \"" << PrintableEscaped(unknown) << "\"\n";
    const std::string near = Nearest(unknown, CommandNames(command));
    if (!near.empty()) context.err << "help: did you mean \"" << near << "\"?\n";
  }
  context.err << "help: " << FullName(command) << " --help\n";
  return kExitUsage;
}

}  // namespace

std::unique_ptr<CLI::App> MakeApp(CommandContext& context) {
  auto app = std::make_unique<CLI::App>(
      "Zero-trust microsegmentation: certificates, policy and flows", "firebreak");
  app->require_subcommand(1);
  app->fallthrough();  // --color is understood after the command too
  AddGlobalOptions(*app, context);
  AddVersionCommand(*app, context);
  return app;
}

int RunFirebreak(std::vector<std::string> args, CommandContext& context) {
  const std::unique_ptr<CLI::App> app = MakeApp(context);
  std::reverse(args.begin(), args.end());  // CLI11 takes them last first
  try {
    app->parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    context.out << Deepest(*app).help();
  } catch (const CLI::CallForVersion& version) {
    context.out << version.what() << "\n";
  } catch (const CLI::ParseError& error) {
    context.exit_code = ReportUsage(*app, error, context);
  }
  return context.exit_code;
}

}  // namespace firebreak::cli
