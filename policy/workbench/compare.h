// What changes when one set of policies takes the place of another.
#ifndef FIREBREAK_POLICY_WORKBENCH_COMPARE_H_
#define FIREBREAK_POLICY_WORKBENCH_COMPARE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "policy/decision.h"
#include "policy/workbench/book.h"
#include "policy/workbench/dimension.h"
#include "policy/workbench/progress.h"
#include "policy/workbench/question.h"
#include "policy/workload.h"

namespace firebreak::policy {

// Condition is what a set of questions says of one dimension: {"path", {"/v1/{*}"}}. example is the
// witness's value; lines of a header each end in "\n".
struct Condition {
  std::string dimension;
  Described set;
  std::string example;
};

// Difference is a set of questions that one side allows and the other denies: all conditions hold.
struct Difference {
  bool newly_allowed = false;  // by the new side; else newly denied
  Direction direction = Direction::kInbound;
  // Whom it is about: of the labels that selectors name, these and no others.
  std::vector<Workload> workloads;
  std::vector<Condition> where;
  // One question of the set, about the first workload, and what the engine says of it on both
  // sides. uses: after how many uses of rules with max_uses.
  PolicyQuestion witness;
  std::map<std::string, uint64_t> uses;
  Decision before;
  Decision after;
};

struct Comparison {
  std::vector<Difference> differences;
  size_t workloads = 0;  // kinds of workload that selectors tell apart
};

enum class Wanted { kBoth, kNewlyAllowed };

// Compare finds every question, from a time on, that enforced policies of before and after answer
// otherwise; policies under AUDIT decide nothing. ResourceExhausted, Unimplemented: there is no
// exact answer, and the message says why. Internal: the engine contradicts a set, so that none can
// be trusted.
// progress counts kinds of workload.
absl::StatusOr<Comparison> Compare(const PolicyBook& before, const PolicyBook& after, Wanted wanted,
                                   absl::Time from, const Progress& progress = nullptr);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_COMPARE_H_
