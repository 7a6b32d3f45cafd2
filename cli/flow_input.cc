#include "cli/flow_input.h"

#include <ostream>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/flow_file.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

// Window is --since and --until.
struct Window {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
};

absl::StatusOr<Window> WindowOf(const FlowInput& input, absl::Time now) {
  Window window;
  if (!input.since.empty()) {
    const auto since = ParseMoment("--since", input.since, now);
    if (!since.ok()) return since.status();
    window.since = *since;
  }
  if (!input.until.empty()) {
    const auto until = ParseMoment("--until", input.until, now);
    if (!until.ok()) return until.status();
    window.until = *until;
  }
  return window;
}

std::optional<flows::FlowFiles> OpenAll(const std::vector<std::string>& paths, BadLines& bad_lines,
                                        CommandContext& context) {
  std::vector<flows::FlowFile> opened;
  for (const std::string& path : paths) {
    auto file = flows::FlowFile::Open(
        path, [&bad_lines](absl::string_view message) { bad_lines.Report(message); });
    if (!file.ok()) {
      Fail(context, file.status());
      context.exit_code = kExitUsage;
      return std::nullopt;
    }
    opened.push_back(*std::move(file));
  }
  return flows::FlowFiles(std::move(opened));
}

// AreNone is false, and that is told of, when there are logs beside a store.
bool AreNone(const std::vector<std::string>& logs, CommandContext& context) {
  if (logs.empty()) return true;
  context.exit_code = Fail(context, absl::InvalidArgumentError("name logs or a store, not both"));
  return false;
}

bool ReadStore(const std::string& folder, const Window& window,
               const std::function<void(const flows::Flow&)>& take, CommandContext& context) {
  const absl::Status read =
      store::ForEachStored(folder, window.since, window.until, [&take](flows::Flow& flow) {
        take(flow);
        return true;
      });
  if (read.ok()) return true;
  Fail(context, read);
  context.exit_code = kExitUsage;
  return false;
}

}  // namespace

absl::StatusOr<absl::Time> ParseMoment(absl::string_view option, absl::string_view value,
                                       absl::Time now) {
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) return time;
  absl::Duration ago;
  if (absl::ParseDuration(value, &ago) && ago >= absl::ZeroDuration()) return now - ago;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": \"", value,
                   "\" is neither a time such as 2026-01-31T12:00:00Z "
                   "nor a duration such as 5m"));
}

void BadLines::Report(absl::string_view message) {
  if (++count_ <= kShown) context_.err << message << "\n";
}

void BadLines::Conclude() const {
  if (count_ == 0) return;
  context_.err << "firebreak: lines passed over, being no flow records: " << count_ << "\n";
}

std::vector<std::string> LogFiles::All() const {
  std::vector<std::string> all = arguments;
  all.insert(all.end(), input_files.begin(), input_files.end());
  return all;
}

void AddLogFiles(CLI::App& command, LogFiles& files) {
  command.add_option("FILE", files.arguments, "Flow logs; - is standard input")->option_text(" ");
  command
      .add_option("-i,--input-file", files.input_files,
                  "Flow log; - is standard input; repeat to merge by time")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("FILE");
}

std::optional<flows::FlowFiles> OpenLogs(const LogFiles& files, BadLines& bad_lines,
                                         CommandContext& context) {
  const std::vector<std::string> paths = files.All();
  if (!paths.empty()) return OpenAll(paths, bad_lines, context);
  context.exit_code =
      Fail(context, absl::InvalidArgumentError("no flow log: name one with --input-file FILE, or - "
                                               "for standard input"));
  return std::nullopt;
}

bool WasRead(const flows::FlowFiles& logs, CommandContext& context) {
  const absl::Status status = logs.status();
  if (status.ok()) return true;
  Fail(context, status);
  context.exit_code = kExitUsage;
  return false;
}

void AddFlowSource(CLI::App& command, FlowSource& source) {
  AddLogFiles(command, source.files);
  command
      .add_option("--store", source.store,
                  "A store instead of logs: its folder, or clickhouse://[user@]host[:port][/table]")
      ->option_text("STORE");
}

bool ForEachFlow(const FlowSource& source, const flows::FlowFilter& filter,
                 const std::function<void(const flows::Flow&)>& take, CommandContext& context) {
  if (!source.store.empty()) {
    if (!AreNone(source.files.All(), context)) return false;
    const auto matching = [&](const flows::Flow& flow) {
      if (filter.Matches(flow)) take(flow);
    };
    return ReadStore(source.store, {filter.since, filter.until}, matching, context);
  }
  BadLines bad_lines(context);
  auto logs = OpenLogs(source.files, bad_lines, context);
  if (!logs.has_value()) return false;
  while (const auto line = logs->Next(/*finish=*/true)) {
    if (filter.Matches(line->flow)) take(line->flow);
  }
  bad_lines.Conclude();
  return WasRead(*logs, context);
}

void AddFlowInput(CLI::App& command, FlowInput& input, bool required) {
  command.add_option("--flows", input.files, "Flow log; - is standard input; repeat for several")
      ->option_text("FILE")
      ->required(required)
      ->type_size(1)
      ->allow_extra_args(false);
  command.add_option("--since", input.since, "Flows not before a time, or a duration ago")
      ->option_text("TIME");
  command.add_option("--until", input.until, "Flows not after a time, or a duration ago")
      ->option_text("TIME");
}

bool ReadFlows(const FlowInput& input, const std::function<void(const flows::Flow&)>& take,
               CommandContext& context) {
  const absl::StatusOr<Window> window = WindowOf(input, context.clock.WallNow());
  if (!window.ok()) {
    context.exit_code = Fail(context, window.status());
    return false;
  }
  const auto within = [&](const flows::Flow& flow) {
    if (flow.time >= window->since && flow.time <= window->until) take(flow);
  };
  if (!input.store.empty()) {
    return AreNone(input.files, context) && ReadStore(input.store, *window, within, context);
  }
  BadLines bad_lines(context);
  auto files = OpenAll(input.files, bad_lines, context);
  if (!files.has_value()) return false;
  while (const auto line = files->Next(/*finish=*/true)) within(line->flow);
  bad_lines.Conclude();
  return WasRead(*files, context);
}

}  // namespace firebreak::cli
