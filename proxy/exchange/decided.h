// Which endings somebody decided on, and who that was.
#ifndef FIREBREAK_PROXY_EXCHANGE_DECIDED_H_
#define FIREBREAK_PROXY_EXCHANGE_DECIDED_H_

#include "base/verdict.h"
#include "flows/record.h"

namespace firebreak::proxy {

// IsDecision: whether what ends for this reason was put to the policy and to quarantine again. For
// the others nobody was asked, and who allowed it is all there is to say.
inline bool IsDecision(Reason reason) {
  return reason == Reason::kPolicyChanged || reason == Reason::kExpiredGrant ||
         reason == Reason::kQuarantined || reason == Reason::kExplicitDeny;
}

// TakeDecision makes the decision that ended one record that of another.
inline void TakeDecision(const flows::Record& from, flows::Record* to) {
  to->rule = from.rule;
  to->quarantine = from.quarantine;
  to->would_be_verdict = from.would_be_verdict;
  to->policy_revision = from.policy_revision;
  to->decision_id = from.decision_id;
}

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_DECIDED_H_
