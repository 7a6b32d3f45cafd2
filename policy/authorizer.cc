#include "policy/authorizer.h"

#include <utility>

#include "policy/decision_memo.h"
#include "policy/rule.h"

namespace firebreak::policy {
namespace {

std::shared_ptr<const PolicySet> OrEmpty(std::shared_ptr<const PolicySet> policy) {
  return policy != nullptr ? std::move(policy) : std::make_shared<const PolicySet>();
}

void Enforce(const Residue& residue, const ConnectionRequest& request, Decision* decision) {
  if (const Rule* deny = FirstMatch(residue.deny, request)) {
    decision->reason = Reason::kExplicitDeny;
    decision->rule = deny->ref;
    return;
  }
  const Rule* allow = FirstMatch(residue.allow, request);
  if (allow == nullptr) {
    decision->reason = Reason::kNoRule;
    return;
  }
  decision->allowed = true;
  decision->verdict = Verdict::kForwarded;
  decision->reason = Reason::kNone;
  decision->rule = allow->ref;
}

// Audit says what AUDIT policies would have changed or confirmed, and changes nothing but the word
// for a connection that is let through.
void Audit(const Residue& residue, const ConnectionRequest& request, Decision* decision) {
  if (const Rule* deny = FirstMatch(residue.audit_deny, request)) {
    decision->would_be = WouldBe{Verdict::kDropped, deny->ref};
    if (decision->allowed) decision->verdict = Verdict::kAudit;
    return;
  }
  if (decision->reason != Reason::kNoRule) return;
  if (const Rule* allow = FirstMatch(residue.audit_allow, request)) {
    decision->would_be = WouldBe{Verdict::kForwarded, allow->ref};
  }
}

}  // namespace

Authorizer::Authorizer(std::shared_ptr<const PolicySet> policy, uint64_t id_seed)
    : id_seed_(id_seed) {
  SetPolicy(std::move(policy));
}

Authorizer::~Authorizer() = default;

void Authorizer::SetPolicy(std::shared_ptr<const PolicySet> policy) {
  memo_.reset();  // it points into the old set
  policy_ = OrEmpty(std::move(policy));
  memo_ = std::make_unique<DecisionMemo>(*policy_);
}

absl::StatusOr<Permit> Authorizer::Authorize(const ConnectionRequest& request, Decision* decision) {
  *decision = Decision();  // a refusal, for reasons of our own
  decision->revision = policy_->revision();
  decision->id = DecisionId{id_seed_, ++id_counter_};
  if (request.destination.port != 0) {
    const Residue& residue = memo_->ResidueFor(request);
    Enforce(residue, request, decision);
    Audit(residue, request, decision);
  }
  if (!decision->allowed) return absl::PermissionDeniedError(ReasonName(decision->reason));
  return Permit(*decision);
}

}  // namespace firebreak::policy
