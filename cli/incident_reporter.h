// Telling of incidents: to people, to sinks, and to the automatic response.
#ifndef FIREBREAK_CLI_INCIDENT_REPORTER_H_
#define FIREBREAK_CLI_INCIDENT_REPORTER_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/automatic_response.h"
#include "cli/command.h"
#include "cli/detect_run.h"
#include "cli/incident_sinks.h"
#include "detect/incidents.h"

namespace firebreak::cli {

struct ReportOptions {
  bool json = false;
  bool all = false;  // those beyond the budget too, and the muted ones
  size_t budget = 0;
  // Of a log that was learned from to its end: "it is shorter than --learn 168h". Empty: nobody
  // said for how long to learn.
  std::string too_short = {};
};

// IncidentReporter decides what is told of the incidents of a run, which it must not outlive.
class IncidentReporter {
 public:
  IncidentReporter(ReportOptions options, DetectRun& run, IncidentSinks sinks,
                   std::optional<AutomaticResponse> response, CommandContext& context);

  // Respond lets the response see incidents that were raised or went on at a moment.
  void Respond(const std::vector<const detect::Incident*>& changed, absl::Time now);
  // Announce tells of them while the run goes on: of each when it is raised, and again when it
  // became more severe. What people have said meanwhile is read again first.
  void Announce(const std::vector<const detect::Incident*>& changed, const std::string& notes_path);
  // Report tells of all of them, once everything was read.
  void Report();
  // Conclude sums up, waits for the sinks, and sets the exit code.
  void Conclude();

 private:
  // Place of an incident in what is told.
  enum class Place { kTold, kMuted, kOverBudget };
  Place PlaceOf(const detect::Incident& incident) const;
  void Send(const detect::Incident& incident);
  void ReadNotesAgain(const std::string& path);

  ReportOptions options_;
  DetectRun& run_;
  IncidentSinks sinks_;
  std::optional<AutomaticResponse> response_;
  CommandContext& context_;
  std::map<std::string, detect::Severity> announced_;  // by uid
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_REPORTER_H_
