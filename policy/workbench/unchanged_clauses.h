// What two sets of policies have in common and need not be compared.
#ifndef FIREBREAK_POLICY_WORKBENCH_UNCHANGED_CLAUSES_H_
#define FIREBREAK_POLICY_WORKBENCH_UNCHANGED_CLAUSES_H_

#include "absl/container/flat_hash_set.h"

#include "policy/rule.h"
#include "policy/workbench/question_space.h"

namespace firebreak::policy {

// SameClause: the two give the same answer to every question, because the same is written there.
// Both are of rules of one action.
bool SameClause(const Clause& a, const Clause& b);

// UnchangedClauses returns clauses of both sets that can be left out where one is compared with the
// other. Each is in both sets, and matches no question that is matched by a clause which is in one
// of them alone: to that question it says nothing, and to every other question both sets say the
// same. It misses some of them, all that deny for one. known is what all questions have in common,
// but for places.
absl::flat_hash_set<const Clause*> UnchangedClauses(const KnownQuestion& known,
                                                    const PolicySet& before,
                                                    const PolicySet& after);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_UNCHANGED_CLAUSES_H_
