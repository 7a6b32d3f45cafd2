#include "cli/detect_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "base/time_text.h"
#include "cli/automatic_response.h"
#include "cli/choice.h"
#include "cli/detect_run.h"
#include "cli/incident_reporter.h"
#include "cli/incident_sinks.h"
#include "cli/interrupt.h"
#include "cli/json_object.h"
#include "cli/terminal.h"
#include "config/replace_file.h"
#include "detect/detector.h"
#include "detect/state_file.h"

namespace firebreak::cli {
namespace {

enum class IncidentForm { kTable, kJson };

struct DetectFlags {
  DetectInput input;
  std::vector<std::string> files;  // positional
  std::string save_baseline;
  std::vector<std::string> sinks;
  std::string respond;
  bool dry_run = false;
  bool follow = false;
  bool all = false;
  IncidentForm form = IncidentForm::kTable;
};

struct BaselineFlags {
  std::string file;
  OutputFormat format = OutputFormat::kTable;
};

// CheckResponse: what would be done is asked of any log, but done only about what happens now.
absl::Status CheckResponse(const DetectFlags& flags) {
  if (flags.respond.empty() && flags.dry_run) {
    return absl::InvalidArgumentError("--dry-run is for --respond FILE");
  }
  if (!flags.respond.empty() && !flags.follow && !flags.dry_run) {
    return absl::InvalidArgumentError(
        "--respond acts on what happens now: with --follow, or with --dry-run to see what it would "
        "have done");
  }
  if (!flags.respond.empty() && flags.follow && !flags.input.flows.store.empty() &&
      flags.input.flows.since.empty()) {
    return absl::InvalidArgumentError(
        "--respond with --store wants --since, such as 5m: what the store tells of long ago is "
        "over");
  }
  return absl::OkStatus();
}

// TooShort is what a log is that is over before there is something to watch.
std::string TooShort(const DetectInput& input) {
  if (!input.train_until.empty()) {
    return absl::StrCat("it ends before --train-until ", input.train_until);
  }
  return input.learn.empty() ? "" : absl::StrCat("it is shorter than --learn ", input.learn);
}

absl::Status SaveBaseline(const DetectFlags& flags, const DetectRun& run) {
  if (flags.save_baseline.empty()) return absl::OkStatus();
  return detect::WriteStateFile(flags.save_baseline, run.detector.Save());
}

bool RunFollowing(const DetectFlags& flags, DetectRun& run, IncidentReporter& reporter,
                  CommandContext& context) {
  const std::string notes = NotesPath(flags.input);
  const auto on_incidents = [&](const std::vector<const detect::Incident*>& changed) {
    reporter.Announce(changed, notes);
    reporter.Respond(changed, context.clock.WallNow());
  };
  // One that cannot be saved now may be the next time: it goes on.
  const auto save = [&] {
    const absl::Status saved = SaveBaseline(flags, run);
    if (!saved.ok()) context.err << "error: " << saved.message() << "\n";
  };
  return Follow(flags.input, run, {.on_incidents = on_incidents, .save = save}, WatchInterrupt(),
                context);
}

bool RunThrough(const DetectFlags& flags, DetectRun& run, IncidentReporter& reporter,
                CommandContext& context) {
  const auto on_incidents = [&](const std::vector<const detect::Incident*>& changed) {
    reporter.Respond(changed, absl::FromUnixMicros(run.detector.now_us()));
  };
  if (!FeedAll(flags.input, run, on_incidents, context)) return false;
  reporter.Report();
  return true;
}

void RunDetect(DetectFlags flags, CommandContext& context) {
  std::vector<std::string>& files = flags.input.flows.files;
  files.insert(files.end(), flags.files.begin(), flags.files.end());
  const absl::Status checked = CheckResponse(flags);
  if (!checked.ok()) return FailUsage(context, checked);
  if (!flags.save_baseline.empty()) {
    const auto place = config::FileToReplace(flags.save_baseline);
    if (!place.ok()) return FailUsage(context, place.status());
  }
  // Sinks first: what cannot be written to is better known before a long run than after it.
  absl::StatusOr<IncidentSinks> sinks = IncidentSinks::Open(flags.sinks, context.clock);
  if (!sinks.ok()) return FailUsage(context, sinks.status());
  std::optional<DetectRun> run = MakeDetector(flags.input, context);
  if (!run.has_value()) return;
  std::optional<AutomaticResponse> response;
  if (!flags.respond.empty()) {
    response = AutomaticResponse::Open(flags.respond, flags.dry_run, run->labels, context);
    if (!response.has_value()) return;
    response->CheckFleet(run->detector.Fleet(), context);
  }
  IncidentReporter reporter({.json = flags.form == IncidentForm::kJson,
                             .all = flags.all,
                             .budget = flags.input.budget,
                             .too_short = TooShort(flags.input)},
                            *run, *std::move(sinks), std::move(response), context);
  const bool done = flags.follow ? RunFollowing(flags, *run, reporter, context)
                                 : RunThrough(flags, *run, reporter, context);
  if (!done) return;
  reporter.Conclude();
  const absl::Status saved = SaveBaseline(flags, *run);
  if (!saved.ok()) FailUsage(context, saved);
}

// RunBaseline prints what a baseline holds: for people a line for each pair, for machines the same
// as JSON lines.
void RunBaseline(const BaselineFlags& flags, bool json, CommandContext& context) {
  detect::Detector detector{detect::Settings()};
  const absl::Status loaded = LoadBaseline(flags.file, context.clock.WallNow(), detector);
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
  context.err << "learned from " << UtcText(absl::FromUnixMicros(detector.first_us()))
              << " on: " << detector.calls() << " calls, " << detector.edges().size() << " edges\n";
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
      "1 when there are any that nobody has acknowledged");
  auto flags = std::make_shared<DetectFlags>();
  command.add_option("FILE", flags->files, "Flow logs; - is standard input")->option_text(" ");
  AddDetectInput(command, flags->input);
  command
      .add_option("--save-baseline", flags->save_baseline,
                  "Write what is known in the end; with --follow, every five minutes as well")
      ->option_text("FILE");
  command
      .add_option(
          "--sink", flags->sinks,
          "Send new incidents there too, as JSON lines: a file to append to, a webhook "
          "(http://HOST/PATH), syslog://HOST, syslog+tcp://HOST or syslog+unix:PATH; may be "
          "repeated. Exits 3 when one did not get them")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("TARGET");
  command.add_flag(
      "-f,--follow", flags->follow,
      "Go on as the logs, or the store, grow, and tell of incidents as they are raised");
  command
      .add_option("--respond", flags->respond,
                  "With --follow: quarantine whoever makes an incident, within the bounds of this "
                  "policy (YAML)")
      ->option_text("FILE");
  command.add_flag("--dry-run", flags->dry_run, "Only say what --respond would have done");
  command.add_flag("--all", flags->all, "Those beyond the budget too, and the muted ones");
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
