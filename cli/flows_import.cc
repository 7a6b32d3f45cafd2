#include "cli/flows_import.h"

#include <memory>
#include <ostream>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/flow_input.h"
#include "cli/retention_options.h"
#include "cli/terminal.h"
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

bool Import(const ImportOptions& options, store::FlowStore& store, Counts& counts,
            CommandContext& context) {
  BadLines bad_lines(context);
  auto logs = OpenLogs(options.files, bad_lines, context);
  if (!logs.has_value()) return false;
  while (auto line = logs->Next(/*finish=*/true)) {
    const auto added = store.Add(line->flow);
    if (!added.ok()) {
      context.exit_code = Fail(context, added.status());
      return false;
    }
    (*added == store::FlowStore::Added::kNew ? counts.stored : counts.duplicates) += 1;
  }
  bad_lines.Conclude();
  const absl::Status flushed = store.Flush();
  if (!flushed.ok()) context.exit_code = Fail(context, flushed);
  return flushed.ok() && WasRead(*logs, context);
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
  if (!Import(options, *store, counts, context)) return;
  context.err << "firebreak: stored " << counts.stored << " lines, " << HumanBytes(store->bytes())
              << "; had " << counts.duplicates << " already\n";
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
