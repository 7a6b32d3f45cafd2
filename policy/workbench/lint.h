// Lints: what loads and is most likely not meant. Each is proven, or it is not said.
#ifndef FIREBREAK_POLICY_WORKBENCH_LINT_H_
#define FIREBREAK_POLICY_WORKBENCH_LINT_H_

#include "absl/time/time.h"

#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"

namespace firebreak::policy {

// Lint adds warnings FB0370 to FB0377 to *diagnostics. inventory may be null: then nothing is said
// of selectors. What is said of a rule holds for every workload that its policy is about.
void Lint(const PolicyBook& book, const Inventory* inventory, absl::Time now,
          config::Diagnostics* diagnostics);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_LINT_H_
