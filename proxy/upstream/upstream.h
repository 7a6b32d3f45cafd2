// Upstream is the connection that a sidecar opens on behalf of an allowed downstream.
#ifndef FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_
#define FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "base/ip.h"
#include "policy/permit.h"
#include "proxy/net/io.h"
#include "proxy/net/transport.h"
#include "proxy/tls/tls_engine.h"
#include "proxy/tls/tls_transport.h"

namespace firebreak::proxy {

// UpstreamTarget says where to connect, and to whom.
struct UpstreamTarget {
  SocketAddress address;
  // Null: clear text. Otherwise mutual TLS with a peer that proves to be one of these.
  std::shared_ptr<const ExpectedIdentities> expected = nullptr;
  AlpnSet alpn = {};
};

// Upstream is driven by its owner: after Open, call Step on every event of transport() until it
// says kReady or kFailed.
class Upstream {
 public:
  enum class State { kConnecting, kHandshaking, kReady, kFailed };

  State Step();
  State state() const { return state_; }
  Transport& transport() { return *transport_; }
  // Null in clear text.
  TlsTransport* tls() { return tls_; }
  // Whether TCP had been established, whatever came after.
  bool connected() const { return connected_; }
  // After kFailed.
  Reason failure_reason() const { return failure_reason_; }
  const std::string& failure_detail() const { return failure_detail_; }

 private:
  friend absl::StatusOr<std::unique_ptr<Upstream>> OpenUpstream(policy::Permit permit,
                                                                UpstreamTarget target,
                                                                Scratch& scratch,
                                                                TlsEngine& engine);
  Upstream(policy::Permit permit, UpstreamTarget target)
      : permit_(std::move(permit)), target_(std::move(target)) {}
  State Fail(Reason reason, std::string detail);

  const policy::Permit permit_;
  const UpstreamTarget target_;
  std::unique_ptr<Transport> transport_;
  TlsTransport* tls_ = nullptr;
  State state_ = State::kConnecting;
  bool connected_ = false;
  Reason failure_reason_ = Reason::kNone;
  std::string failure_detail_;
};

// OpenUpstream begins to connect. It takes the permit that the policy gave for this connection:
// without one there is no way to call it. An error means that it failed at once:
// FailedPrecondition when there is no SVID, else the network's refusal.
absl::StatusOr<std::unique_ptr<Upstream>> OpenUpstream(policy::Permit permit, UpstreamTarget target,
                                                       Scratch& scratch, TlsEngine& engine);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_
