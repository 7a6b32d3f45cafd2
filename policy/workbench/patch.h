// The smallest change of a policy file that allows what was refused, and nothing else.
#ifndef FIREBREAK_POLICY_WORKBENCH_PATCH_H_
#define FIREBREAK_POLICY_WORKBENCH_PATCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "policy/loader.h"
#include "policy/workbench/book.h"
#include "policy/workbench/near_miss.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// Patch adds one exact value, one entry of from or to, or one rule: never a wildcard, and nothing
// is taken out.
struct Patch {
  std::string summary;            // "adds \"GET\" to methods of shop/payments orders-may-charge"
  std::string file;               // that it changes
  std::string diff;               // unified
  std::vector<PolicyFile> files;  // all of them, patched
  // What the change lets through beside this very question, because a value that is added holds for
  // all of its rule; empty: nothing.
  std::string wider;
};

enum class PatchStyle {
  kSmallest,  // a value where one is missing, else as below
  kExact,     // a rule of its own, which allows this question and no other
};

// SmallestPatch makes a patch for a question that no rule allows. nearest are the near misses, best
// first. What it returns was put to the engine: the files load, say what they said but for the
// addition, and allow the question. NotFound says why there is none.
absl::StatusOr<Patch> SmallestPatch(const PolicyBook& book, const PolicyQuestion& question,
                                    const std::vector<NearMiss>& nearest, PatchStyle style);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_PATCH_H_
