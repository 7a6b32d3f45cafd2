// Proof that a rule never decides, because rules that come before it match whatever it does.
#ifndef FIREBREAK_POLICY_WORKBENCH_COVERAGE_PROOF_H_
#define FIREBREAK_POLICY_WORKBENCH_COVERAGE_PROOF_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy_set.h"
#include "policy/workbench/book.h"
#include "policy/workbench/question.h"

namespace firebreak::config::v1 {
class PolicyOperation;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// Cover is one of the rules that go before another one.
struct Cover {
  const PolicyDocument* document = nullptr;
  int rule = 0;
};

// CoverageProof takes a rule for more than it is (without when, validity and not... fields) and the
// others for less (those that have not... fields, addresses, validity or a share of peers are left
// out). It then asks the engine about generic questions: in place of each wildcard stands a word
// that no pattern of the book begins or ends with. A pattern that matches the generic value matches
// everything that the wildcard does. So what it says is proven, and it does not say all there is.
class CoverageProof {
 public:
  explicit CoverageProof(const PolicyBook& book);

  // CoverOf returns a rule that goes before this one; all that do match whatever it matches. For an
  // ALLOW rule those are DENY rules, and earlier ALLOW rules. nullopt: nothing is proven.
  std::optional<Cover> CoverOf(const PolicyDocument& document, int rule);

 private:
  struct Others {
    std::shared_ptr<const PolicySet> policy;
    // By name of the policy, d0, d1, ...: the rules that were taken, by their new numbers.
    std::map<std::string, std::vector<Cover>> taken;
  };

  const Others& OthersFor(const PolicyDocument& document, const Workload& workload);
  struct Task;

  bool QuestionCovered(const PolicyQuestion& question, Task* task) const;
  bool OperationCovered(const config::v1::PolicyOperation& operation, Task* task) const;
  std::optional<Cover> CoverOfQuestion(const Others& others, const PolicyQuestion& question) const;

  const PolicyBook& book_;
  std::string fresh_;  // "": there is none, and nothing can be proven
  size_t depth_ = 0;   // no path pattern has more segments
  std::map<std::string, Others> others_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_COVERAGE_PROOF_H_
