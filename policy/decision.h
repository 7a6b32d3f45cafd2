// Decision is the outcome of one policy question, in the words a flow record needs.
#ifndef FIREBREAK_POLICY_DECISION_H_
#define FIREBREAK_POLICY_DECISION_H_

#include <memory>
#include <optional>

#include "base/verdict.h"

namespace firebreak::policy {

class UseCount;

// WouldBe is what a policy in AUDIT mode would have decided, had it been enforced.
struct WouldBe {
  Verdict verdict = Verdict::kDropped;  // kForwarded or kDropped
  std::shared_ptr<const RuleRef> rule;  // the AUDIT rule; never null
};

// Decision starts as a refusal, so one that was never filled in allows nothing.
struct Decision {
  bool allowed = false;
  // kForwarded; kAudit: allowed, and an AUDIT policy would have dropped it; kDropped.
  Verdict verdict = Verdict::kDropped;
  // kNone, kNoRule, kExpiredGrant, kExplicitDeny, kQuarantined or kInternal.
  Reason reason = Reason::kInternal;
  // How far one of the two ends is quarantined, whether or not that decided.
  QuarantineMode quarantine = QuarantineMode::kNone;
  // The enforced rule that decided; null for kNoRule. kExpiredGrant: the rule that would have
  // allowed it, were it not outside its validity or used up. kQuarantined: stands for the entry of
  // the quarantine.
  std::shared_ptr<const RuleRef> rule;
  // The path of that rule which the request matched, as it is written there: "/v1/charges/{*}".
  // Null when the rule names no paths, or no request was decided on.
  SharedString path_template;
  SharedString revision;  // of the policy set that decided; never null after a call
  DecisionId id;
  std::optional<WouldBe> would_be;  // set when a rule of an AUDIT policy speaks
  // Of a yes by a rule with max_uses: its count, which this yes took one of if the question said
  // so. Goes into ConnectionRequest::held_use when the same is asked again.
  std::shared_ptr<const UseCount> use;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_DECISION_H_
