#include "cli/incident_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cli/choice.h"
#include "cli/detect_run.h"
#include "cli/incident_notes_command.h"
#include "cli/incident_printer.h"
#include "cli/incident_report.h"
#include "detect/explanation.h"

namespace firebreak::cli {
namespace {

struct ShowFlags {
  DetectInput input;
  std::vector<std::string> files;
  std::string id;
  std::vector<std::string> policies;
  std::string workloads;
};

void Title(absl::string_view title, CommandContext& context) {
  context.out << "\n" << title << "\n";
}

void Show(const ShowFlags& flags, const detect::Incident& incident, const detect::Names& names,
          CommandContext& context) {
  context.out << "incident " << incident.id << ", " << detect::SeverityName(incident.severity)
              << ", " << incident.uid << "\n"
              << detect::Explain(incident, names) << "\n";
  Title("WAY", context);
  PrintWay(incident, names, context.out);
  Title("TIME LINE", context);
  PrintTimeLine(incident, names, context);
  Title("BLOCKED SINCE IT BEGAN", context);
  Blocked blocked(incident, names);
  // A second look at the logs: only now is it known whom to look for.
  if (!ReadFlows(
          flags.input.flows, [&](const flows::Flow& flow) { blocked.See(flow); }, context)) {
    return;
  }
  PrintBlocked(blocked, context);
  if (!flags.policies.empty()) {
    const std::optional<AskedBook> book = OpenBook(flags.policies, flags.workloads, context);
    if (!book.has_value()) return;
    Title("HOW FAR POLICY LETS THEM GET", context);
    PrintReach(incident, names, *book, context);
  }
  Title("WHAT WOULD HAVE STOPPED IT", context);
  const std::string patch = StopPatch(incident, names);
  context.out << (patch.empty() ? "no policy: every move was over a route that is in use. See "
                                  "`firebreak quarantine`\n"
                                : patch);
}

void RunShow(ShowFlags flags, CommandContext& context) {
  FlowInput& flows = flags.input.flows;
  flows.files.insert(flows.files.end(), flags.files.begin(), flags.files.end());
  if (std::find(flows.files.begin(), flows.files.end(), "-") != flows.files.end()) {
    return FailUsage(context,
                     absl::InvalidArgumentError("the logs are read twice: name files, not -"));
  }
  const std::optional<DetectRun> run = RunDetector(flags.input, context);
  if (!run.has_value()) return;
  const auto incidents = run->detector.incidents().All();
  const detect::Incident* const incident = FindIncident(incidents, flags.id);
  if (incident == nullptr) {
    context.err << "there is no incident " << flags.id << " in these logs; there are "
                << incidents.size() << "\n";
    context.exit_code = kExitNo;
    return;
  }
  Show(flags, *incident, run->detector.names(), context);
}

}  // namespace

void AddIncidentCommand(CLI::App& app, CommandContext& context) {
  CLI::App& incident =
      *app.add_subcommand("incident", "Incidents: one told whole, and what people say of them")
           ->require_subcommand(1);
  auto flags = std::make_shared<ShowFlags>();
  CLI::App& show = *incident.add_subcommand(
      "show",
      "Its way and time line, what was blocked, how far it could get, and what would have stopped "
      "it. The same logs and options as `detect` had give the same incident; 1 if there is none");
  show.add_option("ID", flags->id, "Its number, or the first 8 characters or more of its uid")
      ->required()
      ->option_text(" ");
  show.add_option("FILE", flags->files, "Flow logs")->option_text(" ");
  AddDetectInput(show, flags->input);
  show.add_option("--policies", flags->policies, "Policies, for how far it could get")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("PATH");
  AddWorkloadsFlag(show, flags->workloads);
  AddIncidentNotesCommands(incident, context);
  show.callback([flags, &context] { RunShow(*flags, context); });
}

}  // namespace firebreak::cli
