// Why a question is answered as it is: the decision, the rule, what came near, what would change
// it.
#ifndef FIREBREAK_POLICY_WORKBENCH_EXPLANATION_H_
#define FIREBREAK_POLICY_WORKBENCH_EXPLANATION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision.h"
#include "policy/workbench/book.h"
#include "policy/workbench/near_miss.h"
#include "policy/workbench/patch.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

struct Explanation {
  Decision decision;
  // Of a refusal without a rule: the enforced ALLOW rules that came nearest, the nearest first.
  std::vector<NearMiss> nearest;
  std::optional<Patch> patch;
  std::string no_patch;  // why there is none; empty where none is due
  // Header fields that rules ask about and the question leaves open, as DENY rules may do.
  std::vector<std::string> unknown_headers;
};

// Explain borrows the book. Cost grows with the rules that apply.
Explanation Explain(const PolicyBook& book, const PolicyQuestion& question, PatchStyle style);

// ShortWhy is a decision in half a line: "NO_RULE; nearest shop/payments orders-may-charge: methods
// POST, not GET". Not escaped.
std::string ShortWhy(const PolicyBook& book, const PolicyQuestion& question,
                     const Decision& decision);

// ExpectedText is what a field wants, in words: `"POST"`, `one of "a", "b"`, `not "x"`.
std::string ExpectedText(const FieldFailure& failure);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_EXPLANATION_H_
