// One incident, told whole: for whoever has to decide what to do about it.
#ifndef FIREBREAK_CLI_INCIDENT_REPORT_H_
#define FIREBREAK_CLI_INCIDENT_REPORT_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"

#include "cli/policy_question.h"
#include "detect/incidents.h"
#include "detect/names.h"
#include "flows/flow.h"

namespace firebreak::cli {

// Blocked counts what was refused or cut between identities of an incident and anybody, since it
// began.
class Blocked {
 public:
  Blocked(const detect::Incident& incident, const detect::Names& names);
  void See(const flows::Flow& flow);

  struct Count {
    uint64_t flows = 0;
    absl::Time last;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // source, destination, reason
  const std::map<Key, Count>& counts() const { return counts_; }

 private:
  static constexpr size_t kMaxCounts = 1000;

  absl::Time since_;
  std::vector<std::string> identities_;  // sorted
  std::map<Key, Count> counts_;
};

// PrintWay draws who went where: a line for each pod that was left, with what was reached from it.
void PrintWay(const detect::Incident& incident, const detect::Names& names, std::ostream& out);

// PrintTimeLine has a line for each call that is evidence: when, who, whom, what, verdict, flow.
void PrintTimeLine(const detect::Incident& incident, const detect::Names& names,
                   CommandContext& context);

void PrintBlocked(const Blocked& blocked, CommandContext& context);

// PrintReach says how far each identity of the incident gets by policy.
void PrintReach(const detect::Incident& incident, const detect::Names& names, const AskedBook& book,
                CommandContext& context);

// StopPatch is a patch that adds a policy which denies the moves of the incident that ordinary
// traffic does not make. Empty: all of them were over routes in use, which no policy can tell from
// ordinary calls.
std::string StopPatch(const detect::Incident& incident, const detect::Names& names);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_REPORT_H_
