// AuthzHttpFilter asks the policy engine about each request when it comes, when its upstream is
// known, and whenever the policy changes.
#ifndef FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_
#define FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_

#include "base/clock.h"
#include "filters/api/http_filter.h"
#include "policy/authorizer.h"

namespace firebreak::filters {

class AuthzHttpFilter final : public HttpFilter {
 public:
  // The authorizer is the worker's and outlives the filter.
  AuthzHttpFilter(policy::Authorizer& authorizer, const Clock& clock)
      : authorizer_(authorizer), clock_(clock) {}

  // A refusal says NO_RULE or EXPLICIT_DENY, and is answered with 403. OUTBOUND: one of the
  // expected identities must be allowed.
  Step OnRequest(HttpExchange& exchange) override;
  // OUTBOUND: asks again about the identity that the upstream has proved.
  Step OnUpstream(HttpExchange& exchange) override;
  // A refusal says POLICY_CHANGED. An answer of yes comes with a new permit.
  Step OnRecheck(HttpExchange& exchange) override;

 private:
  Step Ask(HttpExchange& exchange, const certs::SpiffeId* peer, bool live);
  bool Authorize(HttpExchange& exchange, const certs::SpiffeId* peer, Reason* refusal);

  policy::Authorizer& authorizer_;
  const Clock& clock_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_AUTHZ_HTTP_FILTER_H_
