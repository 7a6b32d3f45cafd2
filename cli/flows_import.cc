#include "cli/flows_import.h"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "cli/flow_input.h"
#include "cli/terminal.h"
#include "store/flow_store.h"

namespace firebreak::cli {
namespace {

struct ImportOptions {
  LogFiles files;
  std::string folder;
  std::string max_bytes;
  std::string max_age;
};

// ParseSize takes 500MB, 20GB and the like, in decimal units.
bool ParseSize(const std::string& text, uint64_t* bytes) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = absl::AsciiStrToUpper(text.substr(digits));
  constexpr std::array<std::pair<absl::string_view, uint64_t>, 6> kUnits = {
      {{"", 1},
       {"B", 1},
       {"KB", 1'000},
       {"MB", 1'000'000},
       {"GB", 1'000'000'000},
       {"TB", 1'000'000'000'000}}};
  uint64_t factor = 0;
  for (const auto& [name, size] : kUnits) {
    if (unit == name) factor = size;
  }
  uint64_t number = 0;
  if (factor == 0 || !absl::SimpleAtoi(text.substr(0, digits), &number)) return false;
  constexpr uint64_t kMost = uint64_t{1} << 62;
  if (number == 0 || number > kMost / factor) return false;
  *bytes = number * factor;
  return true;
}

// ParseAge takes 7d besides what absl does.
bool ParseAge(const std::string& text, absl::Duration* age) {
  int64_t days = 0;
  if (!text.empty() && text.back() == 'd' &&
      absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    *age = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, age)) {
    return false;
  }
  return *age > absl::ZeroDuration();
}

absl::StatusOr<store::Retention> RetentionOf(const ImportOptions& options) {
  store::Retention retention;
  if (!options.max_bytes.empty() && !ParseSize(options.max_bytes, &retention.max_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-bytes: \"", options.max_bytes, "\" is no size such as 20GB"));
  }
  if (!options.max_age.empty() && !ParseAge(options.max_age, &retention.max_age)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-age: \"", options.max_age, "\" is no duration such as 7d or 12h"));
  }
  return retention;
}

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
  const auto retention = RetentionOf(options);
  if (!retention.ok()) {
    context.exit_code = Fail(context, retention.status());
    return;
  }
  auto store = store::FlowStore::Open(options.folder);
  if (!store.ok()) {
    Fail(context, store.status());
    context.exit_code = kExitUsage;
    return;
  }
  Counts counts;
  if (!Import(options, *store, counts, context)) return;
  context.err << "firebreak: stored " << counts.stored << " lines, " << HumanBytes(store->bytes())
              << "; had " << counts.duplicates << " already\n";
  const auto retired = store->Retain(*retention, context.clock.WallNow());
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
      .add_option("--max-bytes", options->max_bytes,
                  "Delete the oldest flows beyond this size, such as 20GB")
      ->option_text("SIZE");
  command.add_option("--max-age", options->max_age, "Delete flows older than this, such as 7d")
      ->option_text("DURATION");
  command.callback([options, &context] { RunImport(*options, context); });
}

}  // namespace firebreak::cli
