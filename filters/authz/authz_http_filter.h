// AuthzHttpFilter asks the policy engine about each request when it comes, when its upstream is
// known, and whenever the policy changes.
#ifndef FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_

#include <optional>

#include "base/clock.h"
#include "filters/api/http_filter.h"
#include "policy/authorizer.h"

namespace firebreak::filters {

class AuthzHttpFilter final : public HttpFilter {
 public:
  // The authorizer is the worker's and outlives the filter.
  // trusted_hops is how many proxies in front tell where a request comes from.
  AuthzHttpFilter(policy::Authorizer& authorizer, const Clock& clock, int trusted_hops = 0)
      : authorizer_(authorizer), clock_(clock), trusted_hops_(trusted_hops) {}

  // A refusal says NO_RULE, EXPIRED_GRANT, EXPLICIT_DENY or QUARANTINED, and is answered with 403.
  // OUTBOUND: one of the expected identities must be allowed.
  Step OnRequest(HttpExchange& exchange) override;
  // OUTBOUND: asks again about the identity that the upstream has proved.
  Step OnUpstream(HttpExchange& exchange) override;
  // A refusal says EXPIRED_GRANT, QUARANTINED or else POLICY_CHANGED. An answer of yes comes with a
  // new permit.
  Step OnRecheck(HttpExchange& exchange) override;

 private:
  Step Ask(HttpExchange& exchange, const certs::SpiffeId* peer, bool live);
  // kMaybe: another question will follow before the request is sent.
  enum class Peer { kMaybe, kKnown };
  // Authorize returns why not; nullopt: it is allowed.
  std::optional<Reason> Authorize(HttpExchange& exchange, const certs::SpiffeId* peer, Peer known);

  policy::Authorizer& authorizer_;
  const Clock& clock_;
  const int trusted_hops_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_
