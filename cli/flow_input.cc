#include "cli/flow_input.h"

#include <ostream>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/moment.h"
#include "base/status.h"
#include "base/time_text.h"
#include "flows/event_names.h"
#include "flows/flow_file.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

using Take = std::function<void(const flows::Flow&)>;

// Window is --since and --until.
struct Window {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
};

absl::StatusOr<Window> WindowOf(const FlowInput& input, absl::Time now) {
  Window window;
  if (!input.since.empty()) {
    FB_ASSIGN_OR_RETURN(window.since, TimeOption("--since", input.since, now));
  }
  if (!input.until.empty()) {
    FB_ASSIGN_OR_RETURN(window.until, TimeOption("--until", input.until, now));
  }
  FB_RETURN_IF_ERROR(CheckWindow(window.since, window.until));
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

bool ReadStore(const std::string& folder, const Window& window, const Take& take,
               CommandContext& context) {
  const absl::Status read =
      store::ForEachStored(folder, window.since, window.until, [&](flows::Flow& flow) {
        take(flow);
        return context.out.good();
      });
  if (read.ok()) return true;
  Fail(context, read);
  context.exit_code = kExitUsage;
  return false;
}

// ReadSource gives what stands in logs or in a store, of the window at least.
bool ReadSource(const FlowSource& source, const Window& window, const Take& take,
                CommandContext& context) {
  if (source.store.empty()) return ForEachLine(source.files, take, context);
  return AreNone(source.files.All(), context) && ReadStore(source.store, window, take, context);
}

}  // namespace

absl::StatusOr<absl::Time> TimeOption(absl::string_view option, absl::string_view value,
                                      absl::Time now) {
  if (const auto time = ParsePast(value, now)) return *time;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": \"", value,
                   "\" is neither a time such as 2026-01-31T12:00:00Z or \"2026-01-31 12:00\" "
                   "(UTC) nor a duration such as 5m or 7d"));
}

absl::Status CheckWindow(absl::Time since, absl::Time until) {
  if (since <= until) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--since ", UtcText(since),
                                                 " is later than --until ", UtcText(until),
                                                 ": nothing is between them"));
}

std::optional<uint64_t> StoredLosses(const std::string& folder, const flows::FlowFilter& filter,
                                     CommandContext& context) {
  flows::Flow lost;
  lost.event = std::string(flows::kLostEvent);
  lost.time = filter.since;
  if (!filter.Matches(lost)) return 0;
  const auto count = store::LostRecords(folder, filter.since, filter.until);
  if (count.ok()) return *count;
  Fail(context, count.status());
  context.exit_code = kExitUsage;
  return std::nullopt;
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

void FollowRotation(flows::FlowFiles& logs, CommandContext& context) {
  for (const std::string& missed : logs.TakeMissed())
    context.err << "firebreak: " << missed << "\n";
  logs.FollowRotation();
}

bool WasRead(const flows::FlowFiles& logs, CommandContext& context) {
  absl::Status status = logs.status();
  if (status.ok() && logs.records() == 0 && logs.bad_lines() > 0) {
    status = absl::InvalidArgumentError("no line is a flow record: is this a flow log?");
  }
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

bool ForEachLine(const LogFiles& files, const Take& take, CommandContext& context) {
  BadLines bad_lines(context);
  auto logs = OpenLogs(files, bad_lines, context);
  if (!logs.has_value()) return false;
  while (context.out.good()) {
    const auto line = logs->Next(/*finish=*/true);
    if (!line.has_value()) break;
    take(line->flow);
  }
  bad_lines.Conclude();
  return WasRead(*logs, context);
}

bool ForEachFlow(const FlowSource& source, const FlowQuestion& question, const Take& take,
                 CommandContext& context) {
  const flows::FlowFilter& filter = question.filter;
  FilterTally tally(question);
  const auto matching = [&](const flows::Flow& flow) {
    if (tally.Matches(flow)) take(flow);
  };
  if (!ReadSource(source, {filter.since, filter.until}, matching, context)) return false;
  tally.Conclude(context);
  if (source.store.empty()) return true;
  const auto lost = StoredLosses(source.store, filter, context);
  if (!lost.has_value()) return false;
  flows::Flow line;
  line.event = std::string(flows::kLostEvent);
  line.lost.count = *lost;
  if (*lost > 0) take(line);
  return true;
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

bool ReadFlows(const FlowInput& input, const Take& take, CommandContext& context) {
  const absl::StatusOr<Window> window = WindowOf(input, context.clock.WallNow());
  if (!window.ok()) {
    context.exit_code = Fail(context, window.status());
    return false;
  }
  const auto within = [&](const flows::Flow& flow) {
    if (flow.time >= window->since && flow.time <= window->until) take(flow);
  };
  const FlowSource source{.files = {.arguments = input.files, .input_files = {}},
                          .store = input.store};
  return ReadSource(source, *window, within, context);
}

}  // namespace firebreak::cli
