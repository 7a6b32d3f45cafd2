#include "cli/policy_fmt_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/status/status.h"

#include "base/escape.h"
#include "cli/bounded_input.h"
#include "cli/certs_files.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "config/replace_file.h"
#include "policy/loader.h"
#include "policy/workbench/format.h"

namespace firebreak::cli {
namespace {

struct FmtFlags {
  std::vector<std::string> paths;
  bool write = false;
  bool check = false;
};

// FormatOne prints, writes or compares one file. False: it cannot be written.
bool FormatOne(const FmtFlags& flags, const policy::PolicyFile& file, const std::string& formatted,
               CommandContext& context) {
  if (!flags.write && !flags.check) {
    context.out << formatted;
    return true;
  }
  if (formatted == file.text) return true;
  context.out << PrintableEscaped(file.name) << "\n";
  if (flags.check) {
    context.exit_code = kExitNo;
    return true;
  }
  const absl::Status written = config::RewriteFile(file.name, formatted, kPublicFile);
  if (!written.ok()) context.exit_code = Fail(context, written);
  return written.ok();
}

// ReadFiles reads paths, of which "-" alone is standard input.
std::optional<std::vector<policy::PolicyFile>> ReadFiles(const FmtFlags& flags,
                                                         config::Diagnostics* diagnostics,
                                                         CommandContext& context) {
  if (flags.paths != std::vector<std::string>{"-"}) {
    return policy::ReadPolicyFiles(flags.paths, diagnostics);
  }
  auto text = ReadInput("-", config::kMaxFileBytes, context);
  if (!text.ok()) {
    context.exit_code = Fail(context, text.status());
    return std::nullopt;
  }
  return std::vector<policy::PolicyFile>{{"standard input", *std::move(text)}};
}

void RunFmt(const FmtFlags& flags, CommandContext& context) {
  if (flags.write && flags.paths == std::vector<std::string>{"-"}) {
    context.exit_code =
        Fail(context, absl::InvalidArgumentError("standard input cannot be written in place"));
    return;
  }
  config::Diagnostics diagnostics;
  const auto files = ReadFiles(flags, &diagnostics, context);
  std::vector<std::string> formatted;
  for (size_t i = 0; files.has_value() && i < files->size(); ++i) {
    const policy::PolicyFile& file = (*files)[i];
    auto text = policy::FormatPolicy(file.name, file.text, &diagnostics);
    if (text.has_value()) formatted.push_back(*std::move(text));
  }
  // Nothing is written when anything cannot be formatted.
  if (!diagnostics.ok() || !files.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
    return;
  }
  for (size_t i = 0; i < files->size(); ++i) {
    // What is printed is one stream of documents, whatever the files.
    if (i > 0 && !flags.write && !flags.check) context.out << "---\n";
    if (!FormatOne(flags, (*files)[i], formatted[i], context)) return;
  }
}

}  // namespace

void AddPolicyFmt(CLI::App& policy_command, CommandContext& context) {
  CLI::App& command = *policy_command.add_subcommand(
      "fmt",
      "Policies in their one layout: comments and order stay, and the engine reads the same. "
      "Prints them, or the names of those that change with -w or --check");
  auto flags = std::make_shared<FmtFlags>();
  command
      .add_option("PATH", flags->paths,
                  "Policy files, or folders of *.yaml and *.yml; - is standard input")
      ->required();
  CLI::Option* write = command.add_flag("-w,--write", flags->write, "Write the files in place");
  command.add_flag("--check", flags->check, "Write nothing; exit 1 when a file would change")
      ->excludes(write);
  command.callback([flags, &context] { RunFmt(*flags, context); });
}

}  // namespace firebreak::cli
