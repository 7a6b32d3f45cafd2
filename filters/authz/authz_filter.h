// AuthzFilter asks the policy engine about each connection when it comes, when its upstream is
// known, and whenever the policy changes.
#ifndef FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_
#define FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_

#include <optional>

#include "base/clock.h"
#include "filters/api/connection_filter.h"
#include "policy/authorizer.h"

namespace firebreak::filters {

class AuthzFilter final : public ConnectionFilter {
 public:
  // The authorizer is the worker's and outlives the filter.
  // trusted_hops is how many proxies in front tell where requests come from.
  AuthzFilter(policy::Authorizer& authorizer, const Clock& clock, int trusted_hops = 0)
      : authorizer_(authorizer), clock_(clock), trusted_hops_(trusted_hops) {}

  // A refusal says NO_RULE, EXPIRED_GRANT, EXPLICIT_DENY or QUARANTINED. OUTBOUND: one of the
  // expected identities must be allowed. Where none is, what may be HTTP goes on all the same,
  // refused: our own program is to hear of it in an answer to each request, none of which gets a
  // permit either.
  Step OnConnect(Connection& connection) override;
  // What has turned out to be a byte stream is asked about as one. What was refused is closed.
  Step OnProtocol(Connection& connection) override;
  // OUTBOUND: asks again about the identity that the upstream has proved.
  Step OnEstablished(Connection& connection) override;
  // A refusal says EXPIRED_GRANT, QUARANTINED or else POLICY_CHANGED; the rule and decision in the
  // record are those of the refusal. What was refused before ends with its policy.
  Step OnRecheck(Connection& connection) override;

 private:
  Step AskAboutWhoIsKnown(Connection& connection, bool live);
  Step Ask(Connection& connection, const certs::SpiffeId* peer, bool live);
  static Step Refuse(Connection& connection, Reason refusal, bool live, absl::string_view detail);
  // asks: about whom. kMaybe opens nothing yet.
  enum class Peer { kMaybe, kKnown };
  // Authorize returns why not; nullopt: it is allowed.
  std::optional<Reason> Authorize(Connection& connection, const certs::SpiffeId* peer, Peer known);

  policy::Authorizer& authorizer_;
  const Clock& clock_;
  const int trusted_hops_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_
