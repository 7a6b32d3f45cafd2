#include "cli/detect_run.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "cli/choice.h"
#include "config/diagnostics.h"
#include "config/file_text.h"
#include "detect/state_file.h"

namespace firebreak::cli {
namespace {

constexpr uint64_t kProgressEvery = 1'000'000;

absl::StatusOr<detect::Settings> SettingsOf(const DetectInput& input) {
  detect::Settings settings;
  settings.incidents.daily_budget = input.budget;
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

// LabelsOf reads the labels file; nothing when it was told of on err.
std::optional<detect::Labels> LabelsOf(const std::string& path, CommandContext& context) {
  if (path.empty()) return detect::Labels();
  config::Diagnostics diagnostics;
  const std::optional<std::string> text = config::ReadFileText(path, &diagnostics);
  std::optional<detect::Labels> labels;
  if (text.has_value()) labels = detect::Labels::Parse(path, *text, &diagnostics);
  if (!labels.has_value()) context.err << diagnostics.Format(context.UseColor());
  return labels;
}

bool Feed(const FlowInput& input, detect::Detector& detector, CommandContext& context) {
  if (input.files.empty()) {
    FailUsage(context,
              absl::InvalidArgumentError("no flow log: name one, or - for standard input"));
    return false;
  }
  uint64_t records = 0;
  const auto take = [&](const flows::Flow& flow) {
    detector.Add(flow);
    if (++records % kProgressEvery != 0) return;
    context.err << records << " records, up to " << absl::FormatTime(flow.time) << "\n";
  };
  if (!ReadFlows(input, take, context)) return false;
  detector.Finish();
  return true;
}

}  // namespace

void FailUsage(CommandContext& context, const absl::Status& status) {
  Fail(context, status);
  context.exit_code = kExitUsage;
}

absl::Status LoadBaseline(const std::string& path, detect::Detector& detector) {
  const absl::StatusOr<std::string> bytes = detect::ReadStateFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::Status restored = detector.Restore(*bytes);
  if (restored.ok()) return restored;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", restored.message()));
}

void AddDetectInput(CLI::App& command, DetectInput& input) {
  AddFlowInput(command, input.flows, /*required=*/false);
  command.add_option("--learn", input.learn, "Learn for so long from the first record on (24h)")
      ->option_text("DURATION");
  command
      .add_option("--train-until", input.train_until, "Learn until then, and watch from then on")
      ->option_text("TIME");
  command
      .add_option("--baseline", input.baseline,
                  "Go on from what was learned before, and watch from the first record on")
      ->option_text("FILE");
  command
      .add_option("--labels", input.labels,
                  "Which identities are crown jewels, internet-facing, bait or scanners (YAML)")
      ->option_text("FILE");
  command.add_option("--budget", input.budget, "Incidents a day that are reported at most (20)")
      ->option_text("N");
}

std::optional<DetectRun> RunDetector(const DetectInput& input, CommandContext& context) {
  const absl::StatusOr<detect::Settings> settings = SettingsOf(input);
  if (!settings.ok()) {
    FailUsage(context, settings.status());
    return std::nullopt;
  }
  std::optional<detect::Labels> labels = LabelsOf(input.labels, context);
  if (!labels.has_value()) {
    context.exit_code = kExitUsage;
    return std::nullopt;
  }
  DetectRun run{.detector = detect::Detector(*settings, *labels), .labels = *std::move(labels)};
  if (!input.baseline.empty()) {
    const absl::Status loaded = LoadBaseline(input.baseline, run.detector);
    if (!loaded.ok()) {
      FailUsage(context, loaded);
      return std::nullopt;
    }
  }
  if (!Feed(input.flows, run.detector, context)) return std::nullopt;
  return run;
}

}  // namespace firebreak::cli
