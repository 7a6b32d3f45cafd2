// Where somebody gets who has taken over a workload.
#ifndef FIREBREAK_POLICY_WORKBENCH_REACH_H_
#define FIREBREAK_POLICY_WORKBENCH_REACH_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "policy/workbench/access.h"
#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/progress.h"

namespace firebreak::policy {

// Step is one workload that can be reached, and from where.
struct Step {
  const InventoryWorkload* workload = nullptr;
  size_t depth = 0;  // 0: where it starts
  size_t from = 0;   // index into the steps
  std::vector<Grant> grants;
};

struct Reach {
  std::vector<Step> steps;  // the first is the start; nearest first; each workload once
  // All arrows between the workloads reached, as indexes into steps, those of the tree among them.
  std::vector<std::pair<size_t, size_t>> arrows;
  std::vector<std::string> unknown;  // "shop/a to shop/b: why"; not escaped
  // As of AccessAnswer, of any of the answers.
  bool outbound_port_open = false;
  bool destination_open = false;
};

// FindReach follows what start may call and, with transitive, what those may call in turn: whoever
// has taken over a workload has its identity. A workload without a known identity leads nowhere.
// progress counts workloads that are reached.
Reach FindReach(const PolicyBook& book, const Inventory& inventory, const InventoryWorkload& start,
                bool transitive, absl::Time at, const Progress& progress = nullptr);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_REACH_H_
