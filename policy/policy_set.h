// The policies of a workload, compiled, indexed and immutable: what a decision is made with.
#ifndef FIREBREAK_POLICY_POLICY_SET_H_
#define FIREBREAK_POLICY_POLICY_SET_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/verdict.h"
#include "policy/rule.h"
#include "policy/rule_index.h"
#include "policy/validity.h"

namespace firebreak::policy {

// RuleTable holds the rules of one direction, in the order of the files. A decision asks deny, then
// allow; the audit lists only say what would have been.
struct RuleTable {
  std::vector<Rule> deny;
  std::vector<Rule> allow;
  std::vector<Rule> audit_deny;
  std::vector<Rule> audit_allow;
};

// RuleIndexes are the lists of a RuleTable, made ready for decisions.
struct RuleIndexes {
  explicit RuleIndexes(const RuleTable& table)
      : deny(table.deny),
        allow(table.allow),
        audit_deny(table.audit_deny),
        audit_allow(table.audit_allow) {}

  RuleIndex deny;
  RuleIndex allow;
  RuleIndex audit_deny;
  RuleIndex audit_allow;
};

// PolicySet is the compiled policy of one workload. Immutable, so every worker may share one.
class PolicySet {
 public:
  struct Contents {
    RuleTable inbound;
    RuleTable outbound;
    ValidityEdges edges;  // of all rules
    size_t policy_count = 0;
    size_t rule_count = 0;
    std::string revision = "empty";
  };

  // The empty policy: everything is denied. Its revision is "empty".
  PolicySet() : PolicySet(Contents()) {}
  explicit PolicySet(Contents contents);
  PolicySet(const PolicySet&) = delete;
  PolicySet& operator=(const PolicySet&) = delete;

  const RuleIndexes& rules(Direction direction) const;
  // revision is a short hash of the text the set was loaded from, the same on every machine.
  const SharedString& revision() const { return revision_; }
  // Only those that apply to the workload are counted.
  size_t policy_count() const { return contents_.policy_count; }
  size_t rule_count() const { return contents_.rule_count; }

  // StableAround returns a span of time around t in which no rule begins or ceases to be valid: a
  // connection decided on within it need not be asked about again while it lasts.
  TimeSpan StableAround(absl::Time t) const { return contents_.edges.StableAround(t); }

 private:
  Contents contents_;  // the indexes point into it
  RuleIndexes inbound_;
  RuleIndexes outbound_;
  SharedString revision_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_POLICY_SET_H_
