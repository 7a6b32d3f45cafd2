// AuthzFilter asks the policy engine about each connection when it comes, when its upstream is
// known, and whenever the policy changes.
#ifndef FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_
#define FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_

#include <memory>

#include "base/clock.h"
#include "filters/api/connection_filter.h"
#include "policy/authorizer.h"

namespace firebreak::filters {

class AuthzFilter final : public ConnectionFilter {
 public:
  // The authorizer is the worker's and outlives the filter.
  AuthzFilter(policy::Authorizer& authorizer, const Clock& clock)
      : authorizer_(authorizer), clock_(clock) {}

  // A refusal says NO_RULE or EXPLICIT_DENY. OUTBOUND: one of the expected identities must be
  // allowed.
  Step OnConnect(Connection& connection) override;
  // What has turned out to be a byte stream is asked about as one.
  Step OnProtocol(Connection& connection) override;
  // OUTBOUND: asks again about the identity that the upstream has proved.
  Step OnEstablished(Connection& connection) override;
  // A refusal says POLICY_CHANGED; the rule and decision in the record are those of the refusal.
  Step OnRecheck(Connection& connection) override;

 private:
  Step AskAboutWhoIsKnown(Connection& connection, bool live);
  Step Ask(Connection& connection, const certs::SpiffeId* peer, bool live);
  static void Refuse(Connection& connection, Reason refusal, bool live, absl::string_view detail);
  bool Authorize(Connection& connection, const certs::SpiffeId* peer, Reason* refusal);

  policy::Authorizer& authorizer_;
  const Clock& clock_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_AUTHZ_AUTHZ_FILTER_H_
