#include "cli/detect_command.h"

#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "cli/choice.h"
#include "cli/flow_input.h"
#include "cli/incident_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "config/file_text.h"
#include "detect/detector.h"
#include "detect/state_file.h"

namespace firebreak::cli {
namespace {

constexpr uint64_t kProgressEvery = 1'000'000;

enum class IncidentForm { kTable, kJson };

struct DetectFlags {
  FlowInput flows;
  std::vector<std::string> files;  // positional
  std::string baseline;
  std::string save_baseline;
  std::string labels;
  std::string learn;
  std::string train_until;
  std::string sink;
  size_t budget = detect::Incidents::Settings().daily_budget;
  bool all = false;
  IncidentForm form = IncidentForm::kTable;
};

struct BaselineFlags {
  std::string file;
  OutputFormat format = OutputFormat::kTable;
};

absl::StatusOr<detect::Settings> SettingsOf(const DetectFlags& flags) {
  detect::Settings settings;
  settings.incidents.daily_budget = flags.budget;
  if (!flags.learn.empty() && (!absl::ParseDuration(flags.learn, &settings.learn) ||
                               settings.learn < absl::ZeroDuration())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--learn: \"", flags.learn, "\" is no duration such as 24h or 90m"));
  }
  if (!flags.train_until.empty() &&
      !absl::ParseTime(absl::RFC3339_full, flags.train_until, &settings.learn_until, nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat("--train-until: \"", flags.train_until,
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

absl::Status LoadBaseline(const std::string& path, detect::Detector& detector) {
  const absl::StatusOr<std::string> bytes = detect::ReadStateFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::Status restored = detector.Restore(*bytes);
  if (restored.ok()) return restored;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", restored.message()));
}

// FailUsage fails with exit code 2 whatever the status is: a file that is not there is no target.
void FailUsage(CommandContext& context, const absl::Status& status) {
  Fail(context, status);
  context.exit_code = kExitUsage;
}

bool Feed(const DetectFlags& flags, detect::Detector& detector, CommandContext& context) {
  FlowInput input = flags.flows;
  input.files.insert(input.files.end(), flags.files.begin(), flags.files.end());
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

std::string Utc(int64_t time_us) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMicros(time_us), absl::UTCTimeZone());
}

void Report(const DetectFlags& flags, const detect::Detector& detector, detect::Labels& labels,
            CommandContext& context) {
  std::vector<const detect::Incident*> shown;
  uint64_t held_back = 0;
  for (const detect::Incident* incident : detector.incidents().All()) {
    const bool critical = incident->severity == detect::Severity::kCritical;
    const bool show = flags.all || !incident->over_budget || critical;
    if (show) shown.push_back(incident);
    if (!show) ++held_back;
  }
  std::ofstream sink;
  if (!flags.sink.empty()) {
    sink.open(flags.sink, std::ios::app);
    if (!sink) {
      FailUsage(context,
                absl::InvalidArgumentError(absl::StrCat(flags.sink, ": cannot be written")));
      return;
    }
  }
  for (const detect::Incident* incident : shown) {
    if (flags.form == IncidentForm::kTable && !sink.is_open()) break;
    const std::string line = OcsfOf(*incident, labels, detector.names());
    if (sink.is_open()) sink << line << "\n";
    if (flags.form == IncidentForm::kJson) context.out << line << "\n";
  }
  if (flags.form == IncidentForm::kTable && !shown.empty()) {
    PrintIncidents(shown, detector.names(), context);
  }
  context.err << detector.calls() << " calls, " << detector.edges().pairs() << " pairs, "
              << shown.size() << (shown.size() == 1 ? " incident" : " incidents") << "\n";
  if (held_back > 0) {
    context.err << held_back << " more beyond the budget of " << flags.budget
                << " a day; --all shows them\n";
  }
  if (detector.learning() && detector.calls() > 0) {
    context.err << "all of it was learning, from " << Utc(detector.first_us()) << " to "
                << Utc(detector.now_us())
                << ": give --train-until TIME, --learn DURATION or --baseline FILE\n";
  }
  context.exit_code = shown.empty() ? kExitYes : kExitNo;
}

void RunDetect(const DetectFlags& flags, CommandContext& context) {
  const absl::StatusOr<detect::Settings> settings = SettingsOf(flags);
  if (!settings.ok()) return FailUsage(context, settings.status());
  std::optional<detect::Labels> labels = LabelsOf(flags.labels, context);
  if (!labels.has_value()) {
    context.exit_code = kExitUsage;
    return;
  }
  detect::Detector detector(*settings, *labels);
  if (!flags.baseline.empty()) {
    const absl::Status loaded = LoadBaseline(flags.baseline, detector);
    if (!loaded.ok()) return FailUsage(context, loaded);
  }
  if (!Feed(flags, detector, context)) return;
  Report(flags, detector, *labels, context);
  if (flags.save_baseline.empty()) return;
  const absl::Status saved = detect::WriteStateFile(flags.save_baseline, detector.Save());
  if (!saved.ok()) FailUsage(context, saved);
}

// RunBaseline prints what a baseline holds: for people a line for each pair, for machines the same
// as JSON lines.
void RunBaseline(const BaselineFlags& flags, bool json, CommandContext& context) {
  detect::Detector detector{detect::Settings()};
  const absl::Status loaded = LoadBaseline(flags.file, detector);
  if (!loaded.ok()) return FailUsage(context, loaded);
  const detect::Names& names = detector.names();
  const auto pairs = detector.edges().PairsInOrder();
  if (json) {
    for (const auto& [pair, calls] : pairs) {
      context.out << JsonObject()
                         .AddText("source", names.Text(pair.source))
                         .AddText("destination", names.Text(pair.destination))
                         .Add("calls", absl::StrCat(calls))
                         .Add("orphan_share",
                              absl::StrFormat("%.6f", detector.orphans().ShareOf(pair.source)))
                         .str()
                  << "\n";
    }
    return;
  }
  Table table({"SOURCE", "DESTINATION", "CALLS", "OF ITS OWN ACCORD"}, Painter(context.UseColor()),
              context.out);
  for (const auto& [pair, calls] : pairs) {
    table.AddRow({std::string(names.Text(pair.source)), std::string(names.Text(pair.destination)),
                  absl::StrCat(calls),
                  absl::StrFormat("%.3f%%", 100 * detector.orphans().ShareOf(pair.source))});
  }
  table.Flush();
  context.err << "learned from " << Utc(detector.first_us()) << " on: " << detector.calls()
              << " calls, " << detector.edges().size() << " edges\n";
}

void AddBaseline(CLI::App& detect_command, CommandContext& context) {
  CLI::App& baseline =
      *detect_command.add_subcommand("baseline", "What a baseline has learned, in the open");
  baseline.require_subcommand(1);
  const std::pair<const char*, const char*> commands[] = {
      {"show", "Who calls whom, how often, and how much of it of its own accord"},
      {"export", "The same as JSON lines"}};
  for (const auto& [name, help] : commands) {
    CLI::App& command = *baseline.add_subcommand(name, help);
    auto flags = std::make_shared<BaselineFlags>();
    command.add_option("FILE", flags->file, "Baseline, as --save-baseline wrote it")
        ->option_text(" ")
        ->required();
    const bool json = std::string(name) == "export";
    command.callback([flags, json, &context] { RunBaseline(*flags, json, context); });
  }
}

}  // namespace

void AddDetectCommand(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand(
      "detect",
      "Incidents of lateral movement in flow logs, each with its path, its evidence and why. Exits "
      "1 when there are any");
  auto flags = std::make_shared<DetectFlags>();
  command.add_option("FILE", flags->files, "Flow logs; - is standard input")->option_text(" ");
  AddFlowInput(command, flags->flows, /*required=*/false);
  command.add_option("--learn", flags->learn, "Learn for so long from the first record on (24h)")
      ->option_text("DURATION");
  command
      .add_option("--train-until", flags->train_until, "Learn until then, and watch from then on")
      ->option_text("TIME");
  command
      .add_option("--baseline", flags->baseline,
                  "Go on from what was learned before, and watch from the first record on")
      ->option_text("FILE");
  command.add_option("--save-baseline", flags->save_baseline, "Write what is known in the end")
      ->option_text("FILE");
  command
      .add_option("--labels", flags->labels,
                  "Which identities are crown jewels, internet-facing, bait or scanners (YAML)")
      ->option_text("FILE");
  command.add_option("--sink", flags->sink, "Append incidents to a file too, as JSON lines")
      ->option_text("FILE");
  command.add_option("--budget", flags->budget, "Incidents a day that are reported at most (20)")
      ->option_text("N");
  command.add_flag("--all", flags->all, "Those beyond the budget too");
  AddChoice<IncidentForm>(command, "-o,--output", flags->form,
                          {{"table", IncidentForm::kTable},
                           {"json", IncidentForm::kJson},
                           {"ocsf", IncidentForm::kJson}},
                          "A table, or OCSF Detection Findings as JSON lines (json and ocsf)");
  AddBaseline(command, context);
  command.callback([flags, &command, &context] {
    if (command.get_subcommands().empty()) RunDetect(*flags, context);
  });
}

}  // namespace firebreak::cli
