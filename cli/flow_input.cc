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

namespace firebreak::cli {
namespace {

constexpr int kShownBadLines = 20;

// ParseMoment takes an RFC 3339 time, or a duration before now such as 30m.
absl::StatusOr<absl::Time> ParseMoment(absl::string_view option, const std::string& value,
                                       absl::Time now) {
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) return time;
  absl::Duration ago;
  if (absl::ParseDuration(value, &ago) && ago >= absl::ZeroDuration()) return now - ago;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": \"", value,
                   "\" is neither a time such as 2026-01-31T12:00:00Z "
                   "nor a duration such as 30m"));
}

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

}  // namespace

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
  int bad_lines = 0;
  const auto on_bad_line = [&bad_lines, &context](absl::string_view message) {
    if (++bad_lines <= kShownBadLines) context.err << message << "\n";
  };
  std::vector<flows::FlowFile> opened;
  for (const std::string& path : input.files) {
    auto file = flows::FlowFile::Open(path, on_bad_line);
    if (!file.ok()) {
      Fail(context, file.status());
      context.exit_code = kExitUsage;
      return false;
    }
    opened.push_back(*std::move(file));
  }
  flows::FlowFiles files(std::move(opened));
  while (const auto line = files.Next(/*finish=*/true)) {
    const absl::Time time = line->flow.time;
    if (time >= window->since && time <= window->until) take(line->flow);
  }
  if (bad_lines > kShownBadLines) {
    context.err << "... and " << bad_lines - kShownBadLines << " more lines that are no flows\n";
  }
  return true;
}

}  // namespace firebreak::cli
