#include "cli/flows_import.h"

#include <memory>
#include <ostream>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/escape.h"
#include "cli/flow_input.h"
#include "cli/retention_options.h"
#include "cli/terminal.h"
#include "store/duplicate_check.h"
#include "store/flow_store.h"

namespace firebreak::cli {
namespace {

struct ImportOptions {
  LogFiles files;
  std::string folder;
  std::string sink = "file";
  RetentionOptions retention;
};

struct Counts {
  uint64_t stored = 0;
  uint64_t duplicates = 0;
};

// Conflicts tells of lines that differ from those that are stored under their numbers: the first of
// them each.
class Conflicts {
 public:
  explicit Conflicts(CommandContext& context) : context_(context) {}

  void Report(const store::LineName& line) {
    if (++count_ > BadLines::kShown) return;
    context_.err << "firebreak: CONFLICT: line " << line.sequence << " of run "
                 << PrintableEscaped(line.run_id) << " of "
                 << (line.reporter.empty() ? "nobody" : PrintableEscaped(line.reporter))
                 << " is stored, and says something else\n";
  }

 private:
  CommandContext& context_;
  int count_ = 0;
};

// Compare looks at the lines that came again.
bool Compare(store::FlowStore& store, store::DuplicateCheck& check, CommandContext& context) {
  absl::Status compared = store.Flush();
  if (compared.ok()) compared = check.Compare();
  if (!compared.ok()) context.exit_code = Fail(context, compared);
  return compared.ok();
}

bool Import(const ImportOptions& options, store::FlowStore& store, store::DuplicateCheck& check,
            Counts& counts, CommandContext& context) {
  BadLines bad_lines(context);
  auto logs = OpenLogs(options.files, bad_lines, context);
  if (!logs.has_value()) return false;
  while (auto line = logs->Next(/*finish=*/true)) {
    const auto added = store.Add(line->flow);
    if (!added.ok()) {
      context.exit_code = Fail(context, added.status());
      return false;
    }
    const bool known = *added == store::FlowStore::Added::kDuplicate;
    (known ? counts.duplicates : counts.stored) += 1;
    if (known) check.Add(line->flow);
    if (check.full() && !Compare(store, check, context)) return false;
  }
  bad_lines.Conclude();
  return Compare(store, check, context) && WasRead(*logs, context);
}

void RunImport(const ImportOptions& options, CommandContext& context) {
  const auto retention = RetentionOf(options.retention);
  if (!retention.ok()) {
    context.exit_code = Fail(context, retention.status());
    return;
  }
  auto store = store::FlowStore::Open(options.folder, context.clock, options.sink);
  if (!store.ok()) {
    Fail(context, store.status());
    context.exit_code = kExitUsage;
    return;
  }
  Counts counts;
  Conflicts conflicts(context);
  store::DuplicateCheck check(options.folder,
                              [&](const store::LineName& line) { conflicts.Report(line); });
  if (!Import(options, *store, check, counts, context)) return;
  context.err << "firebreak: stored " << counts.stored << " lines, " << HumanBytes(store->bytes())
              << "; had " << counts.duplicates << " already\n";
  if (check.gone() > 0) {
    context.err
        << "firebreak: " << check.gone()
        << " of these were not compared: what was stored of them is deleted, or was no more than "
           "a sum\n";
  }
  if (check.conflicts() > 0) {
    context.err << "firebreak: conflicts with what is stored: " << check.conflicts()
                << ". The lines that came first were kept; `firebreak flows verify` tells which "
                   "log was changed\n";
    context.exit_code = kExitNo;
  }
  const auto retired = store->Retain(*retention);
  if (!retired.ok()) {
    context.exit_code = Fail(context, retired.status());
  } else if (retired->segments > 0) {
    context.err << "firebreak: deleted the oldest " << retired->rows << " flows, "
                << HumanBytes(retired->bytes) << "\n";
  }
}

}  // namespace

void AddFlowsImport(CLI::App& flows_command, CommandContext& context) {
  CLI::App& command = *flows_command.add_subcommand(
      "import", "Put flow logs into a store, to be asked with `flows query`");
  auto options = std::make_shared<ImportOptions>();
  AddLogFiles(command, options->files);
  command.add_option("--store", options->folder, "Folder of the store; made where it is absent")
      ->option_text("FOLDER")
      ->required();
  command
      .add_option("--sink", options->sink,
                  "Whose copy of the log this is: what LOST lines say that others were not given "
                  "is here")
      ->option_text("NAME")
      ->capture_default_str();
  AddRetention(command, {.size = "--max-bytes", .age = "--max-age", .sums_age = "--max-sums-age"},
               options->retention);
  command.callback([options, &context] { RunImport(*options, context); });
}

}  // namespace firebreak::cli
