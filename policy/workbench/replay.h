// Recorded traffic put to other policies than those it was recorded under.
#ifndef FIREBREAK_POLICY_WORKBENCH_REPLAY_H_
#define FIREBREAK_POLICY_WORKBENCH_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "policy/decision.h"
#include "policy/loader.h"
#include "policy/workbench/traffic.h"

namespace firebreak::policy {

// Change is one recorded question that is decided otherwise.
struct Change {
  Traffic traffic;
  Sightings seen;  // with whatever verdict
  Decision before;
  Decision after;
};

struct Replay {
  std::vector<Change> changes;  // the most frequent first
  uint64_t questions = 0;       // that both sides were asked
  uint64_t records = 0;         // of them
  // Records that the side before decides otherwise than was recorded: what the policy looks at (a
  // header, say) is not in the record, or the policy was another one then.
  uint64_t unlike_recorded = 0;
  uint64_t not_asked = 0;  // records that name no valid identity or address
};

// ReplayTraffic asks both sides everything in log. A workload has one label, `label`, with its
// name.
absl::StatusOr<Replay> ReplayTraffic(const TrafficLog& log, const std::vector<PolicyFile>& before,
                                     const std::vector<PolicyFile>& after, const std::string& label,
                                     absl::Time at);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_REPLAY_H_
