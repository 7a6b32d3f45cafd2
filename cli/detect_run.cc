#include "cli/detect_run.h"

#include <chrono>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/time_text.h"
#include "cli/choice.h"
#include "cli/interrupt.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "detect/call_stream.h"
#include "detect/state_file.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

constexpr uint64_t kProgressEvery = 1'000'000;
constexpr std::chrono::milliseconds kFollowEvery(100);
constexpr std::chrono::minutes kSaveEvery(5);
constexpr std::chrono::microseconds kHold(detect::CallStream::kHoldUs);

void Tell(DetectRun& run, const OnIncidents& on_incidents) {
  const auto changed = run.detector.TakeChanged();
  if (!changed.empty() && on_incidents != nullptr) on_incidents(changed);
}

void TellPassedOver(const detect::Detector& detector, CommandContext& context) {
  if (detector.passed_over() == 0) return;
  context.err << detector.passed_over()
              << " records passed over: the baseline has learned from all up to "
              << UtcText(absl::FromUnixMicros(detector.known_until_us())) << "\n";
}

absl::StatusOr<detect::Settings> SettingsOf(const DetectInput& input) {
  detect::Settings settings;
  settings.incidents.daily_budget = input.budget;
  for (const std::string& signal : input.also) {
    const bool surplus = signal == detect::SignalName(detect::Signal::kSurplus);
    if (!surplus && signal != detect::SignalName(detect::Signal::kOffHours)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--also: \"", signal, "\" is none of surplus, off-hours"));
    }
    (surplus ? settings.surplus : settings.off_hours) = true;
  }
  if (!input.learn.empty() && (!absl::ParseDuration(input.learn, &settings.learn) ||
                               settings.learn < absl::ZeroDuration())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--learn: \"", input.learn, "\" is no duration such as 24h or 90m"));
  }
  if (!input.train_until.empty() &&
      !absl::ParseTime(absl::RFC3339_full, input.train_until, &settings.learn_until, nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat("--train-until: \"", input.train_until,
                                                   "\" is no time such as 2026-01-31T12:00:00Z"));
  }
  return settings;
}

// Following is what lasts as long as --follow does. Whoever takes a record sets `any`.
struct Following {
  const FollowHooks& hooks;
  const std::atomic<bool>& stop;
  bool& any;
};

// GoOn takes turns until it is stopped, or one fails.
bool GoOn(const std::function<absl::Status()>& turn, const Following& following, DetectRun& run,
          CommandContext& context) {
  MonoTime last = context.clock.MonoNow();
  std::optional<MonoTime> saved;
  bool news = false;  // since it was saved
  do {
    if (const absl::Status taken = turn(); !taken.ok()) {
      FailUsage(context, taken);
      return false;
    }
    const MonoTime now = context.clock.MonoNow();
    if (std::exchange(following.any, false)) {
      last = now;
      news = true;
    }
    if (now - last > kHold) run.detector.Finish();
    Tell(run, following.hooks.on_incidents);
    // First when all that was there is read.
    if (news && (!saved.has_value() || now - *saved >= kSaveEvery)) {
      following.hooks.save();
      saved = now;
      news = false;
    }
    WaitForInterrupt(kFollowEvery);
  } while (!following.stop.load(std::memory_order_relaxed));
  run.detector.Finish();
  Tell(run, following.hooks.on_incidents);
  return true;
}

bool FollowStore(const DetectInput& input, const std::function<void(const flows::Flow&)>& take,
                 const Following& following, DetectRun& run, CommandContext& context) {
  if (!input.flows.files.empty()) {
    FailUsage(context, absl::InvalidArgumentError("name logs or a store, not both"));
    return false;
  }
  absl::StatusOr<absl::Time> since = absl::InfinitePast();
  if (!input.flows.since.empty()) {
    since = TimeOption("--since", input.flows.since, context.clock.WallNow());
  }
  auto tail = since.ok() ? store::StoredTail::Open(input.flows.store, *since)
                         : absl::StatusOr<store::StoredTail>(since.status());
  if (!tail.ok()) {
    FailUsage(context, tail.status());
    return false;
  }
  const auto recent = [&](const flows::Flow& flow) {
    if (flow.time >= *since) take(flow);
    return true;
  };
  return GoOn([&] { return tail->Next(recent); }, following, run, context);
}

// ReadWith reads a file of people's own with the Parse of its type; nothing when it was told of on
// err. No file is an empty one.
template <typename T>
std::optional<T> ReadWith(const std::string& path, CommandContext& context) {
  if (path.empty()) return T();
  config::Diagnostics diagnostics;
  const std::optional<std::string> text = config::ReadFileText(path, &diagnostics);
  std::optional<T> read;
  if (text.has_value()) read = T::Parse(path, *text, &diagnostics);
  if (!read.has_value()) {
    context.err << diagnostics.Format(context.UseColor());
    context.exit_code = kExitUsage;
  }
  return read;
}

}  // namespace

void FailUsage(CommandContext& context, const absl::Status& status) {
  Fail(context, status);
  context.exit_code = kExitUsage;
}

absl::Status LoadBaseline(const std::string& path, absl::Time now, detect::Detector& detector) {
  const absl::StatusOr<std::string> bytes = detect::ReadStateFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::Status restored = detector.Restore(*bytes, now);
  if (restored.ok()) return restored;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", restored.message()));
}

void AddDetectInput(CLI::App& command, DetectInput& input) {
  AddFlowInput(command, input.flows, /*required=*/false);
  command.add_option("--learn", input.learn, "Learn for so long from the first record on (24h)")
      ->option_text("DURATION");
  command.add_option("--store", input.flows.store, "The store of a collector instead of logs")
      ->option_text("FOLDER");
  command
      .add_option("--train-until", input.train_until, "Learn until then, and watch from then on")
      ->option_text("TIME");
  command
      .add_option("--baseline", input.baseline,
                  "Go on from what was learned before, and watch from the first record on that it "
                  "has not learned from")
      ->option_text("FILE");
  command
      .add_option("--labels", input.labels,
                  "Which identities are crown jewels, internet-facing, bait or scanners (YAML)")
      ->option_text("FILE");
  command
      .add_option("--notes", input.notes,
                  "What `firebreak incident` was told: acknowledged, muted (BASELINE.notes.yaml)")
      ->option_text("FILE");
  command
      .add_option("--also", input.also,
                  "A signal that is off by default: surplus or off-hours; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("SIGNAL");
  command.add_option("--budget", input.budget, "Incidents a day that are reported at most (20)")
      ->option_text("N");
}

std::string NotesPath(const DetectInput& input) {
  if (!input.notes.empty() || input.baseline.empty()) return input.notes;
  return absl::StrCat(input.baseline, ".notes.yaml");
}

std::optional<detect::Notes> ReadNotes(const std::string& path, CommandContext& context) {
  std::error_code error;
  // The first note makes the file.
  if (!std::filesystem::exists(path, error)) return detect::Notes();
  return ReadWith<detect::Notes>(path, context);
}

std::optional<DetectRun> MakeDetector(const DetectInput& input, CommandContext& context) {
  const absl::StatusOr<detect::Settings> settings = SettingsOf(input);
  if (!settings.ok()) {
    FailUsage(context, settings.status());
    return std::nullopt;
  }
  std::optional<detect::Labels> labels = ReadWith<detect::Labels>(input.labels, context);
  if (!labels.has_value()) return std::nullopt;
  std::optional<detect::Notes> notes = ReadNotes(NotesPath(input), context);
  if (!notes.has_value()) return std::nullopt;
  DetectRun run{.detector = detect::Detector(*settings, *labels),
                .labels = *std::move(labels),
                .notes = *std::move(notes)};
  if (!input.baseline.empty()) {
    const absl::Status loaded = LoadBaseline(input.baseline, context.clock.WallNow(), run.detector);
    if (!loaded.ok()) {
      FailUsage(context, loaded);
      return std::nullopt;
    }
    if (run.detector.learns_anew()) {
      context.err << input.baseline
                  << ": of an older version, without what is usual of bytes, destinations, SVIDs, "
                     "hours and pods: that is learned anew\n";
    }
  }
  run.detector.Heed(run.notes);
  return run;
}

bool FeedAll(const DetectInput& input, DetectRun& run, const OnIncidents& on_incidents,
             CommandContext& context) {
  if (input.flows.files.empty() && input.flows.store.empty()) {
    FailUsage(context, absl::InvalidArgumentError(
                           "no flow log: name one, or - for standard input, or a --store"));
    return false;
  }
  uint64_t records = 0;
  const auto take = [&](const flows::Flow& flow) {
    run.detector.Add(flow);
    Tell(run, on_incidents);
    if (++records % kProgressEvery != 0) return;
    context.err << records << " records, up to " << absl::FormatTime(flow.time) << "\n";
  };
  if (!ReadFlows(input.flows, take, context)) return false;
  run.detector.Finish();
  Tell(run, on_incidents);
  TellPassedOver(run.detector, context);
  return true;
}

bool Follow(const DetectInput& input, DetectRun& run, const FollowHooks& hooks,
            const std::atomic<bool>& stop, CommandContext& context) {
  const bool since_log = !input.flows.since.empty() && input.flows.store.empty();
  if (since_log || !input.flows.until.empty()) {
    FailUsage(context, absl::InvalidArgumentError(
                           "--follow goes on for ever: no --until, and --since of a --store only"));
    return false;
  }
  bool any = false;
  const auto take = [&](const flows::Flow& flow) {
    run.detector.Add(flow);
    any = true;
    Tell(run, hooks.on_incidents);
  };
  const Following following{.hooks = hooks, .stop = stop, .any = any};
  if (!input.flows.store.empty()) {
    const bool followed = FollowStore(input, take, following, run, context);
    TellPassedOver(run.detector, context);
    return followed;
  }
  BadLines bad_lines(context);
  auto files = OpenLogs({.arguments = input.flows.files, .input_files = {}}, bad_lines, context);
  if (!files.has_value()) return false;
  const auto turn = [&] {
    while (const auto line = files->Next(/*finish=*/false)) take(line->flow);
    FollowRotation(*files, context);
    return absl::OkStatus();
  };
  const bool done = GoOn(turn, following, run, context);
  bad_lines.Conclude();
  TellPassedOver(run.detector, context);
  return done;
}

std::optional<DetectRun> RunDetector(const DetectInput& input, CommandContext& context) {
  std::optional<DetectRun> run = MakeDetector(input, context);
  if (!run.has_value() || !FeedAll(input, *run, nullptr, context)) return std::nullopt;
  return run;
}

}  // namespace firebreak::cli
