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
#include "cli/detect_run.h"
#include "cli/incident_printer.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "detect/detector.h"
#include "detect/state_file.h"

namespace firebreak::cli {
namespace {

enum class IncidentForm { kTable, kJson };

struct DetectFlags {
  DetectInput input;
  std::vector<std::string> files;  // positional
  std::string save_baseline;
  std::string sink;
  bool all = false;
  IncidentForm form = IncidentForm::kTable;
};

struct BaselineFlags {
  std::string file;
  OutputFormat format = OutputFormat::kTable;
};

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
    context.err << held_back << " more beyond the budget of " << flags.input.budget
                << " a day; --all shows them\n";
  }
  if (detector.learning() && detector.calls() > 0) {
    context.err << "all of it was learning, from " << Utc(detector.first_us()) << " to "
                << Utc(detector.now_us())
                << ": give --train-until TIME, --learn DURATION or --baseline FILE\n";
  }
  context.exit_code = shown.empty() ? kExitYes : kExitNo;
}

void RunDetect(DetectFlags flags, CommandContext& context) {
  std::vector<std::string>& files = flags.input.flows.files;
  files.insert(files.end(), flags.files.begin(), flags.files.end());
  std::optional<DetectRun> run = RunDetector(flags.input, context);
  if (!run.has_value()) return;
  Report(flags, run->detector, run->labels, context);
  if (flags.save_baseline.empty()) return;
  const absl::Status saved = detect::WriteStateFile(flags.save_baseline, run->detector.Save());
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
  AddDetectInput(command, flags->input);
  command.add_option("--save-baseline", flags->save_baseline, "Write what is known in the end")
      ->option_text("FILE");
  command.add_option("--sink", flags->sink, "Append incidents to a file too, as JSON lines")
      ->option_text("FILE");
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
