#include "proxy/upstream/upstream.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proxy/net/plain_transport.h"
#include "proxy/net/socket.h"

namespace firebreak::proxy {

std::unique_ptr<Upstream> OpenUpstream(policy::Permit permit, UpstreamTarget target,
                                       Scratch& scratch, TlsEngine& engine,
                                       UpstreamFailure* failure) {
  absl::StatusOr<Socket> socket = Connect(target.address);
  if (!socket.ok()) {
    *failure = {.detail = std::string(socket.status().message())};
    return nullptr;
  }
  std::unique_ptr<Upstream> upstream(new Upstream(std::move(permit), std::move(target)));
  if (upstream->target_.expected == nullptr) {
    upstream->transport_ = std::make_unique<PlainTransport>(*std::move(socket), scratch);
    return upstream;
  }
  auto tls = TlsTransport::Client(*std::move(socket), scratch, engine, *upstream->target_.expected,
                                  upstream->target_.alpn);
  if (tls == nullptr) {
    *failure = {.reason = Reason::kTlsFailure, .detail = "this sidecar has no SVID yet"};
    return nullptr;
  }
  upstream->tls_ = tls.get();
  upstream->transport_ = std::move(tls);
  return upstream;
}

void Upstream::Begin(EventLoop& loop, FdHandler& handler, TimeoutEntry& waiter,
                     const Timeouts& timeouts) {
  waiter_ = &waiter;
  handshake_timeout_ = &timeouts.handshake;
  timeouts.connect.Add(waiter);
  transport_->Watch(loop, handler);
}

Upstream::State Upstream::OnEvents(FdEvents events) {
  transport_->Note(events);
  if (events.writable && transport_->write_blocked()) transport_->Flush();
  const bool was_connected = connected_;
  if (Step() == State::kHandshaking && !was_connected) handshake_timeout_->Add(*waiter_);
  return state_;
}

void Upstream::OnTimeout() {
  Fail(Reason::kTimeout, connected_
                             ? "upstream did not complete a handshake within handshake_timeout_ms"
                             : "upstream did not accept within connect_timeout_ms");
}

//   kConnecting --connected--> kHandshaking --peer proved--> kReady
//        |  \________clear text________________________________^
//        +--------------+----------------------> kFailed
Upstream::State Upstream::Step() {
  switch (state_) {
    case State::kConnecting:
      if (const int error = ConnectError(transport_->fd()); error != 0) {
        return Fail(Reason::kUpstreamFailure,
                    absl::StrCat("cannot connect to ", target_.address.ToString(), ": ",
                                 std::strerror(error)));
      }
      // Writable without an error may also be an event from before the connect: ask the peer's
      // name.
      if (PeerAddress(transport_->fd()) == SocketAddress()) return state_;
      connected_ = true;
      state_ = tls_ != nullptr ? State::kHandshaking : State::kReady;
      return state_ == State::kReady ? state_ : Step();
    case State::kHandshaking:
      switch (tls_->Handshake()) {
        case TlsTransport::HandshakeState::kBlocked:
          break;
        case TlsTransport::HandshakeState::kDone:
          state_ = State::kReady;
          break;
        case TlsTransport::HandshakeState::kFailed:
          return Fail(tls_->failure_reason(), tls_->failure_detail());
      }
      return state_;
    case State::kReady:
    case State::kFailed:
      break;
  }
  return state_;
}

Upstream::State Upstream::Fail(Reason reason, std::string detail) {
  failure_ = {.reason = reason, .detail = std::move(detail)};
  state_ = State::kFailed;
  return state_;
}

}  // namespace firebreak::proxy
