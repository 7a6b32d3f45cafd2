// How near a rule came to matching: which of its fields did not.
#ifndef FIREBREAK_POLICY_WORKBENCH_NEAR_MISS_H_
#define FIREBREAK_POLICY_WORKBENCH_NEAR_MISS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "policy/workbench/book.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// FieldFailure is one field of a rule that does not match.
struct FieldFailure {
  std::string path;                   // "spec.rules[0].to[0].operation.methods"
  std::string field;                  // "methods", "when request.headers[x-env]"
  bool negated = false;               // a not... field: got is among the values
  std::vector<std::string> expected;  // as written
  std::string got;                    // what the question has there, in words when it has nothing
  std::string place;                  // "policy.yaml:12:9"
  bool unknown = false;               // the question does not say: it may have matched
};

// NearMiss is the entry of from and the entry of to of one rule that came nearest.
struct NearMiss {
  const PolicyDocument* document = nullptr;
  int rule = 0;
  int from = -1;  // -1: the rule has no from
  int to = -1;
  std::vector<FieldFailure> failures;  // empty: the rule matches
  size_t matched = 0;                  // fields that do match

  // Ordered by how near they came: fewest failures first; of equals, those that name the right peer
  // and those of which more matches.
  friend bool operator<(const NearMiss& a, const NearMiss& b);
};

// Examine asks the engine about each field of a rule alone, with the matchers that decide in the
// proxy: a rule matches when each of its fields does.
NearMiss Examine(const PolicyDocument& document, int rule, const PolicyQuestion& question);

// NearestAllows examines the enforced ALLOW rules that apply to the question, the nearest first, at
// most limit.
std::vector<NearMiss> NearestAllows(const PolicyBook& book, const PolicyQuestion& question,
                                    size_t limit);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_NEAR_MISS_H_
