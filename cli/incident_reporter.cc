#include "cli/incident_reporter.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "base/time_text.h"
#include "cli/incident_printer.h"
#include "detect/explanation.h"

namespace firebreak::cli {
namespace {

std::string Utc(int64_t time_us) { return UtcText(absl::FromUnixMicros(time_us)); }

}  // namespace

IncidentReporter::IncidentReporter(ReportOptions options, DetectRun& run, IncidentSinks sinks,
                                   std::optional<AutomaticResponse> response,
                                   CommandContext& context)
    : options_(std::move(options)),
      run_(run),
      sinks_(std::move(sinks)),
      response_(std::move(response)),
      context_(context) {}

IncidentReporter::Place IncidentReporter::PlaceOf(const detect::Incident& incident) const {
  if (options_.all) return Place::kTold;
  const auto standing = run_.notes.Of(incident, run_.detector.names()).standing;
  if (standing == detect::Standing::kMuted) return Place::kMuted;
  const bool critical = incident.severity == detect::Severity::kCritical;
  return incident.over_budget && !critical ? Place::kOverBudget : Place::kTold;
}

void IncidentReporter::Respond(const std::vector<const detect::Incident*>& changed,
                               absl::Time now) {
  if (!response_.has_value()) return;
  for (const detect::Incident* incident : changed) {
    // Whoever was muted was looked at by somebody.
    if (run_.notes.Of(*incident, run_.detector.names()).standing != detect::Standing::kNew)
      continue;
    response_->See(*incident, run_.detector, run_.labels, now, context_);
  }
}

// Send gives an incident to the sinks if it is news, and prints it as JSON.
void IncidentReporter::Send(const detect::Incident& incident) {
  const detect::Names& names = run_.detector.names();
  const auto answer = run_.notes.Of(incident, names);
  const std::string line = OcsfOf(incident, answer, run_.labels, names);
  if (answer.standing == detect::Standing::kNew) sinks_.Send(line);
  if (options_.json) context_.out << line << "\n";
}

void IncidentReporter::ReadNotesAgain(const std::string& path) {
  const int exit_code = context_.exit_code;
  std::optional<detect::Notes> notes = ReadNotes(path, context_);
  context_.exit_code = exit_code;
  // One that cannot be read was told of; what was said before holds.
  if (!notes.has_value() || notes->Text() == run_.notes.Text()) return;
  run_.notes = *std::move(notes);
  run_.detector.Heed(run_.notes);
}

void IncidentReporter::Announce(const std::vector<const detect::Incident*>& changed,
                                const std::string& notes_path) {
  ReadNotesAgain(notes_path);
  for (const detect::Incident* incident : changed) {
    const auto known = announced_.find(incident->uid);
    const bool worse = known != announced_.end() && known->second < incident->severity;
    if ((known != announced_.end() && !worse) || PlaceOf(*incident) != Place::kTold) continue;
    announced_[incident->uid] = incident->severity;
    Send(*incident);
    if (options_.json) continue;
    context_.out << absl::StreamFormat(
        "%d. %s, %s, %.0f%%: %s\n", incident->id, Utc(incident->raised_us),
        detect::SeverityName(incident->severity), 100 * incident->probability,
        detect::Explain(*incident, run_.detector.names()));
  }
  context_.out.flush();
}

void IncidentReporter::Report() {
  std::vector<const detect::Incident*> told;
  for (const detect::Incident* incident : run_.detector.incidents().All()) {
    if (PlaceOf(*incident) == Place::kTold) told.push_back(incident);
  }
  for (const detect::Incident* incident : told) Send(*incident);
  if (!options_.json && !told.empty()) {
    PrintIncidents(told, run_.notes, run_.detector.names(), context_);
  }
}

void IncidentReporter::Conclude() {
  const detect::Detector& detector = run_.detector;
  size_t told = 0;
  size_t fresh = 0;
  size_t muted = 0;
  size_t over_budget = 0;
  for (const detect::Incident* incident : detector.incidents().All()) {
    const Place place = PlaceOf(*incident);
    const auto standing = run_.notes.Of(*incident, detector.names()).standing;
    told += place == Place::kTold ? 1 : 0;
    fresh += place == Place::kTold && standing == detect::Standing::kNew ? 1 : 0;
    muted += place == Place::kMuted ? 1 : 0;
    over_budget += place == Place::kOverBudget ? 1 : 0;
  }
  context_.err << detector.calls() << " calls, " << detector.edges().pairs() << " pairs, " << told
               << (told == 1 ? " incident" : " incidents");
  if (fresh < told) context_.err << ", " << told - fresh << " acknowledged or muted";
  context_.err << "\n";
  if (over_budget > 0) {
    context_.err << over_budget << " more beyond the budget of " << options_.budget
                 << " a day; --all shows them\n";
  }
  if (muted > 0) context_.err << muted << " more are muted; --all shows them\n";
  if (detector.learning() && detector.calls() > 0) {
    context_.err << "all of it was learning, from " << Utc(detector.first_us()) << " to "
                 << Utc(detector.now_us()) << ": "
                 << (options_.too_short.empty()
                         ? "give --train-until TIME, --learn DURATION or --baseline FILE"
                         : options_.too_short + ", so nothing was watched")
                 << "\n";
  }
  context_.exit_code = fresh == 0 ? kExitYes : kExitNo;
  for (const std::string& missed : sinks_.Finish()) {
    context_.err << "firebreak: " << missed << "\n";
    context_.exit_code = kExitUnreachable;
  }
}

}  // namespace firebreak::cli
