// Least-privilege policies from recorded traffic.
#ifndef FIREBREAK_POLICY_WORKBENCH_SUGGEST_H_
#define FIREBREAK_POLICY_WORKBENCH_SUGGEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "policy/workbench/path_groups.h"
#include "policy/workbench/traffic.h"

namespace firebreak::policy {

struct SuggestOptions {
  GroupingOptions grouping;
  bool outbound = false;        // policies for what workloads call, too
  bool include_denied = false;  // allow what policy denied, too
  // The label that selects a workload; its value is the workload's name.
  std::string label = "app";
};

// Suggestion is policies and what is to be said about them. The notes are plain sentences; what
// peers sent is escaped in them.
struct Suggestion {
  std::string yaml;  // "" when nothing can be suggested
  size_t policies = 0;
  size_t rules = 0;
  uint64_t questions = 0;                // that were verified to be allowed
  std::vector<std::string> not_allowed;  // carried, and cannot be expressed
  std::vector<std::string> not_denied;   // denied when recorded, and allowed now
  uint64_t refused = 0;                  // OUTBOUND requests left out: the other side said no
  uint64_t silent = 0;                   // connections left out since they carried nothing
};

// SuggestPolicies makes one policy for each workload and direction, with one rule for each peer,
// that allow what was carried and as little else as the options say. Where hosts are what tells
// carried requests from denied ones, rules name them. Before it returns, the engine
// has allowed every question that the policies were made from. Internal: it did not, and nothing is
// suggested.
absl::StatusOr<Suggestion> SuggestPolicies(const TrafficLog& log, const SuggestOptions& options,
                                           absl::Time now);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_SUGGEST_H_
