// The decision: may this connection be opened, may this request pass?
#ifndef FIREBREAK_POLICY_AUTHORIZER_H_
#define FIREBREAK_POLICY_AUTHORIZER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "policy/decision.h"
#include "policy/permit.h"
#include "policy/policy_set.h"
#include "policy/request.h"
#include "quarantine/quarantine.h"

namespace firebreak::policy {

class DecisionMemo;

// Authorizer decides whether a connection may be opened, and each of its requests forwarded. Not
// thread-safe: one per worker, which keeps it for the worker's life, so that its decision ids never
// repeat.
class Authorizer {
 public:
  // policy may be null, which is the empty policy. id_seed is the upper half of every DecisionId:
  // random, and different for each worker of each process.
  Authorizer(std::shared_ptr<const PolicySet> policy, uint64_t id_seed);
  ~Authorizer();
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // SetPolicy replaces the policy set. Permits already given stay as they are; the caller asks
  // Authorize again for each live connection and closes those that are refused.
  void SetPolicy(std::shared_ptr<const PolicySet> policy);

  // SetQuarantine says who is cut off, whatever the policy says; null: nobody. The caller asks
  // again as after SetPolicy.
  void SetQuarantine(std::shared_ptr<const quarantine::Quarantine> quarantine);

  // Authorize asks first: is one of the two ends quarantined, and does that let pass what is asked
  // about? If not, it is refused (kQuarantined), and nothing is used up. A byte stream is no safe
  // request; a connection whose requests will be asked about each may be opened under kReadonly.
  //
  // Then: does an enforced DENY rule match? then refused (kExplicitDeny). Does an
  // enforced ALLOW rule match? then allowed. Otherwise refused: deny is the empty policy. The
  // reason is kExpiredGrant when an ALLOW rule would match, were it not outside its validity or
  // used up, else kNoRule. A refusal is PermissionDenied. *decision is filled in either way. A
  // question without a port, or about a request that is not there, is refused as kInternal.
  absl::StatusOr<Permit> Authorize(const ConnectionRequest& request, Decision* decision);

  const std::shared_ptr<const PolicySet>& policy() const { return policy_; }

 private:
  void Decide(const ConnectionRequest& request, Decision* decision);

  std::shared_ptr<const PolicySet> policy_;                   // never null
  std::unique_ptr<DecisionMemo> memo_;                        // belongs to policy_
  std::shared_ptr<const quarantine::Quarantine> quarantine_;  // never null
  uint64_t id_seed_;
  uint64_t id_counter_ = 0;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_AUTHORIZER_H_
