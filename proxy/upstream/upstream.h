// Upstream is the connection that a sidecar opens on behalf of an allowed downstream.
#ifndef FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_
#define FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "policy/permit.h"
#include "proxy/event/timeout_queue.h"
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

// UpstreamFailure is why no connection could be had.
struct UpstreamFailure {
  Reason reason = Reason::kUpstreamFailure;
  std::string detail;

  // Whether it was the network, or the upstream itself; otherwise it is a decision of ours.
  bool is_error() const { return reason == Reason::kUpstreamFailure || reason == Reason::kTimeout; }
};

// Upstream is driven by its owner: after Begin, it hands on every event of transport() and the
// time-out, until OnEvents says kReady or kFailed.
class Upstream {
 public:
  enum class State { kConnecting, kHandshaking, kReady, kFailed };
  // What each step may take.
  struct Timeouts {
    TimeoutQueue& connect;
    TimeoutQueue& handshake;
  };

  // Begin has handler told of the transport's events, and waiter of a step that takes too long; it
  // stays in one of the queues until its owner puts it into another. All of these outlive the
  // opening.
  void Begin(EventLoop& loop, FdHandler& handler, TimeoutEntry& waiter, const Timeouts& timeouts);
  State OnEvents(FdEvents events);
  // Fails it.
  void OnTimeout();

  Transport& transport() { return *transport_; }
  // Null in clear text.
  TlsTransport* tls() { return tls_; }
  // Whether TCP had been established, whatever came after.
  bool connected() const { return connected_; }
  // After kFailed.
  const UpstreamFailure& failure() const { return failure_; }

 private:
  friend std::unique_ptr<Upstream> OpenUpstream(policy::Permit permit, UpstreamTarget target,
                                                Scratch& scratch, TlsEngine& engine,
                                                UpstreamFailure* failure);
  Upstream(policy::Permit permit, UpstreamTarget target)
      : permit_(std::move(permit)), target_(std::move(target)) {}
  State Step();
  State Fail(Reason reason, std::string detail);

  const policy::Permit permit_;
  const UpstreamTarget target_;
  std::unique_ptr<Transport> transport_;
  TlsTransport* tls_ = nullptr;
  State state_ = State::kConnecting;
  bool connected_ = false;
  TimeoutEntry* waiter_ = nullptr;
  TimeoutQueue* handshake_timeout_ = nullptr;
  UpstreamFailure failure_;
};

// OpenUpstream begins to connect. It takes the permit that the policy gave for this connection:
// without one there is no way to call it. Null: it failed at once, and *failure says why.
std::unique_ptr<Upstream> OpenUpstream(policy::Permit permit, UpstreamTarget target,
                                       Scratch& scratch, TlsEngine& engine,
                                       UpstreamFailure* failure);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_UPSTREAM_UPSTREAM_H_
