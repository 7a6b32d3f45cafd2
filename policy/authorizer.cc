#include "policy/authorizer.h"

#include <optional>
#include <utility>

#include "certs/spiffe_id.h"
#include "http/message.h"
#include "policy/decision_memo.h"
#include "policy/rule.h"

namespace firebreak::policy {
namespace {

std::shared_ptr<const PolicySet> OrEmpty(std::shared_ptr<const PolicySet> policy) {
  return policy != nullptr ? std::move(policy) : std::make_shared<const PolicySet>();
}

// Inquiry is one question on its way through the lists of rules.
class Inquiry {
 public:
  Inquiry(const PolicySet& policy, DecisionMemo* memo, const ConnectionRequest& request)
      : rules_(policy.rules(request.direction)),
        residues_(memo->ResiduesFor(request)),
        request_(request),
        lookup_(memo->lookup()),
        groups_(memo->groups()) {
    if (request.carries == Carries::kRequest) facts_ = HttpFacts::Of(*request.http);
  }

  void Enforce(Decision* decision) const {
    if (const Clause* deny = First(rules_.deny, residues_.deny)) {
      decision->reason = Reason::kExplicitDeny;
      Name(*deny, decision);
      return;
    }
    const Clause* allow = FirstGrant(decision);
    if (allow == nullptr) {
      const Clause* const lapsed =
          rules_.allow.may_lapse() ? First(rules_.allow, residues_.allow, Lapsed::kMatch) : nullptr;
      decision->reason = lapsed != nullptr ? Reason::kExpiredGrant : Reason::kNoRule;
      if (lapsed != nullptr) decision->rule = lapsed->rule->ref;
      return;
    }
    decision->allowed = true;
    decision->verdict = Verdict::kForwarded;
    decision->reason = Reason::kNone;
    Name(*allow, decision);
  }

  // Audit says what AUDIT policies would have changed or confirmed, and changes nothing but the
  // word for what is let through.
  void Audit(Decision* decision) const {
    if (const Clause* deny = First(rules_.audit_deny, residues_.audit_deny)) {
      decision->would_be = WouldBe{Verdict::kDropped, deny->rule->ref};
      if (decision->allowed) decision->verdict = Verdict::kAudit;
      return;
    }
    if (decision->allowed || decision->reason == Reason::kExplicitDeny) return;
    if (const Clause* allow = First(rules_.audit_allow, residues_.audit_allow)) {
      decision->would_be = WouldBe{Verdict::kForwarded, allow->rule->ref};
    }
  }

 private:
  const Clause* First(const RuleIndex& rules, const Residue& residue,
                      Lapsed lapsed = Lapsed::kDoNotMatch) const {
    if (rules.clauses().empty()) return nullptr;  // as most lists are
    const HttpFacts* const facts = facts_.has_value() ? &*facts_ : nullptr;
    return FirstMatch(rules, residue, {request_, facts, lookup_, groups_, lapsed});
  }

  // FirstGrant returns the first ALLOW that matches, and takes a use of it where it counts them.
  // Another worker may take the last one between look and take: the next look passes that rule by.
  const Clause* FirstGrant(Decision* decision) const {
    while (true) {
      const Clause* const allow = First(rules_.allow, residues_.allow);
      if (allow == nullptr || allow->rule->uses == nullptr) return allow;
      UseCount* const uses = allow->rule->uses.get();
      const bool takes = request_.takes_use && uses != request_.held_use;
      if (takes && !uses->Take(allow->rule->max_uses)) continue;
      decision->use = allow->rule->uses;
      return allow;
    }
  }

  void Name(const Clause& clause, Decision* decision) const {
    decision->rule = clause.rule->ref;
    if (!facts_.has_value() || clause.target == nullptr || clause.target->http == nullptr) return;
    // A clause that has but one path has matched by that.
    const std::vector<PathPattern>& patterns = clause.target->http->paths.patterns();
    const PathPattern* const path = patterns.size() == 1
                                        ? &patterns.front()
                                        : clause.target->http->MatchedPath(request_.http->path);
    if (path != nullptr) decision->path_template = path->written();
  }

  const RuleIndexes& rules_;
  const Residues& residues_;
  const ConnectionRequest& request_;
  RequestIndex::Lookup* lookup_;
  std::vector<RuleIndex::Number>* groups_;
  std::optional<HttpFacts> facts_;
};

// IsWellFormed: a question that leaves out what it is about is a mistake of ours, and refused.
bool IsWellFormed(const ConnectionRequest& request) {
  return request.destination.port != 0 &&
         (request.carries != Carries::kRequest || request.http != nullptr);
}

absl::string_view PrincipalOf(const certs::SpiffeId* id) {
  return id != nullptr ? id->principal() : absl::string_view();
}

// IsSafe: RFC 9110 section 9.2.1. What follows an upgrade is no request any more, and some servers
// take the method from a header field.
bool IsSafe(const http::Request& request) {
  if (request.upgrade != http::Upgrade::kNone) return false;
  for (const absl::string_view field :
       {"x-http-method-override", "x-http-method", "x-method-override"}) {
    if (request.headers.Get(field).has_value()) return false;
  }
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS" ||
         request.method == "TRACE";
}

bool Passes(QuarantineMode mode, const ConnectionRequest& request) {
  switch (mode) {
    case QuarantineMode::kNone:
    case QuarantineMode::kObserve:
      return true;
    case QuarantineMode::kReadonly:
      if (request.carries == Carries::kRequest) return IsSafe(*request.http);
      return request.carries == Carries::kRequests;
    case QuarantineMode::kIsolate:
      return false;
  }
  return false;
}

}  // namespace

Authorizer::Authorizer(std::shared_ptr<const PolicySet> policy, uint64_t id_seed)
    : id_seed_(id_seed) {
  SetPolicy(std::move(policy));
  SetQuarantine(nullptr);
}

Authorizer::~Authorizer() = default;

void Authorizer::SetPolicy(std::shared_ptr<const PolicySet> policy) {
  memo_.reset();  // it points into the old set
  policy_ = OrEmpty(std::move(policy));
  memo_ = std::make_unique<DecisionMemo>(*policy_);
}

void Authorizer::SetQuarantine(std::shared_ptr<const quarantine::Quarantine> quarantine) {
  quarantine_ = quarantine != nullptr ? std::move(quarantine)
                                      : std::make_shared<const quarantine::Quarantine>();
}

absl::StatusOr<Permit> Authorizer::Authorize(const ConnectionRequest& request, Decision* decision) {
  *decision = Decision();  // a refusal, for reasons of our own
  decision->revision = policy_->revision();
  decision->id = DecisionId{id_seed_, ++id_counter_};
  if (IsWellFormed(request)) Decide(request, decision);
  if (!decision->allowed) return absl::PermissionDeniedError(ReasonName(decision->reason));
  return Permit(decision->id);
}

void Authorizer::Decide(const ConnectionRequest& request, Decision* decision) {
  const quarantine::Quarantine::Finding held = quarantine_->Find(
      PrincipalOf(request.source.id), PrincipalOf(request.destination.id), request.now);
  decision->quarantine = held.mode;
  if (!Passes(held.mode, request)) {
    decision->reason = Reason::kQuarantined;
    decision->rule = held.rule;
    return;
  }
  const Inquiry inquiry(*policy_, memo_.get(), request);
  inquiry.Enforce(decision);
  inquiry.Audit(decision);
}

}  // namespace firebreak::policy
