#include "proxy/tcp/session.h"

#include <sys/socket.h>

#include <utility>

#include "base/log.h"
#include "proxy/exchange/decided.h"
#include "proxy/net/plain_transport.h"
#include "proxy/tcp/session_list.h"

namespace firebreak::proxy {
namespace {

using flows::CloseReason;

constexpr char kTlsHandshakeRecord = 0x16;  // RFC 8446 section 5.1, ContentType

// How long an answered client gets to read the answer, before the close that would take it away.
constexpr std::chrono::milliseconds kLingerTime{2'000};

std::chrono::milliseconds Ms(int64_t count) { return std::chrono::milliseconds(count); }

AlpnSet AlpnTaken(config::ListenerProtocol protocol) {
  switch (protocol) {
    case config::ListenerProtocol::kAuto:
      return {.http1 = true, .http2 = true};
    case config::ListenerProtocol::kHttp1:
      return {.http1 = true};
    case config::ListenerProtocol::kHttp2:
      return {.http2 = true};
    case config::ListenerProtocol::kTcp:
      return {};
  }
  return {};
}

// ProtocolOf is what is known before the first byte: by configuration, or agreed upon by ALPN.
flows::Protocol ProtocolOf(config::ListenerProtocol configured, const TlsTransport* tls) {
  switch (configured) {
    case config::ListenerProtocol::kTcp:
      return flows::Protocol::kTcp;
    case config::ListenerProtocol::kHttp1:
      return flows::Protocol::kHttp1;
    case config::ListenerProtocol::kHttp2:
      return flows::Protocol::kHttp2;
    case config::ListenerProtocol::kAuto:
      break;
  }
  const Alpn agreed = tls != nullptr ? tls->alpn() : Alpn::kNone;
  if (agreed == Alpn::kHttp2) return flows::Protocol::kHttp2;
  return agreed == Alpn::kHttp1 ? flows::Protocol::kHttp1 : flows::Protocol::kUnknown;
}

}  // namespace

SessionTimeouts::SessionTimeouts(EventLoop& loop, const Limits& limits)
    : detect(loop, Ms(limits.detect_timeout_ms)),
      sniff(loop, Ms(limits.protocol_detect_timeout_ms)),
      handshake(loop, Ms(limits.handshake_timeout_ms)),
      connect(loop, Ms(limits.connect_timeout_ms)),
      idle(loop, Ms(limits.idle_timeout_ms)),
      half_close(loop, Ms(limits.half_close_timeout_ms)),
      linger(loop, kLingerTime),
      tarpit(loop, Ms(limits.tarpit_ms)) {}

Session::Session(SessionServices& services, const ListenerInfo& listener, Socket socket,
                 const SocketAddress& peer)
    : services_(services), listener_(listener), connection_(services.chain) {
  ++services_.counts.connections;
  connection_->accepted_at = services_.loop.Now();
  connection_->self = services_.self.id;
  flows::Record& record = connection_->record;
  services_.flow_ids.Stamp(record);
  record.direction = listener.direction;
  connection_->listener = listener.index;
  record.source.ip = peer.ip();
  record.source.port = peer.port();
  const bool inbound = listener.direction == Direction::kInbound;
  (inbound ? record.destination : record.source).principal = services_.self.principal;
  downstream_ = std::make_unique<PlainTransport>(std::move(socket), services_.scratch);
  const SocketAddress local = LocalAddress(downstream_->fd());
  record.destination.ip = local.ip();
  record.destination.port = local.port();
  if (!inbound) services_.http.open_requests.Note(record);
}

Session::~Session() { --services_.counts.connections; }

//                               +-> kHandshaking -+           +- bytes --> kConnecting -> kRelaying
//  accept -> (PERMISSIVE) kDetecting              +-> decide -+-> (AUTO) kSniffing -> either
//         \-- clear text -------+-----------------+           +- requests --> kHttp -> kLingering
//  kRelaying -> kHeld, where inspection holds up whom it refuses; every state -> kClosed
void Session::Begin() {
  if (services_.counts.connections > services_.counts.max_connections) {
    return Refuse(Verdict::kDropped, Reason::kLimit, CloseReason::kLimit, "max_connections");
  }
  const bool outbound = listener_.direction == Direction::kOutbound;
  if (outbound || listener_.mtls == config::MtlsMode::kDisable) return Decide();
  if (listener_.mtls == config::MtlsMode::kStrict) return StartHandshake();
  state_ = State::kDetecting;
  services_.timeouts.detect.Add(*this);
  downstream_->Watch(services_.loop, downstream_side_);
}

void Session::Detect() {
  char first = 0;
  const ssize_t got = recv(downstream_->fd(), &first, 1, MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    return Refuse(Verdict::kError, Reason::kMalformed, CloseReason::kDownstreamReset,
                  "closed before its first byte");
  }
  if (first == kTlsHandshakeRecord) return StartHandshake();
  Decide();
}

void Session::StartHandshake() {
  if (services_.counts.handshakes >= services_.counts.max_handshakes) {
    return Refuse(Verdict::kDropped, Reason::kLimit, CloseReason::kLimit, "max_handshakes");
  }
  auto tls = TlsTransport::Server(downstream_->TakeSocket(), services_.scratch, services_.tls,
                                  AlpnTaken(listener_.protocol));
  if (tls == nullptr) {
    return Refuse(Verdict::kDropped, Reason::kTlsFailure, CloseReason::kHandshakeFailed,
                  "this sidecar has no SVID yet");
  }
  state_ = State::kHandshaking;
  ++services_.counts.handshakes;
  downstream_tls_ = tls.get();
  downstream_ = std::move(tls);
  services_.timeouts.handshake.Add(*this);
  downstream_->Watch(services_.loop, downstream_side_);
}

void Session::Handshake() {
  switch (downstream_tls_->Handshake()) {
    case TlsTransport::HandshakeState::kBlocked:
      return;
    case TlsTransport::HandshakeState::kFailed:
      // Orderly, so that the alert arrives before the end.
      return Refuse(Verdict::kDropped, downstream_tls_->failure_reason(),
                    CloseReason::kHandshakeFailed, downstream_tls_->failure_detail(),
                    Farewell::kOrderly);
    case TlsTransport::HandshakeState::kDone:
      break;
  }
  --services_.counts.handshakes;
  connection_->peer = downstream_tls_->peer();
  connection_->record.source.principal = connection_->peer->principal;
  connection_->record.tls = downstream_tls_->Info();
  trust_epoch_ = downstream_tls_->trust_epoch();
  if (StillTrusted()) Decide();
}

void Session::Decide() {
  state_ = State::kConnecting;
  const int fd = downstream_->fd();
  const SocketAddress local = LocalAddress(fd);
  const std::optional<SocketAddress> original =
      listener_.original_destination ? OriginalDestination(fd) : std::nullopt;
  Routes::Found found = listener_.routes->Find(listener_.index, local, original);
  if (!found.target.has_value()) {
    return Refuse(Verdict::kDropped, found.refusal, CloseReason::kDenied);
  }
  Describe(found.target->address);
  connection_->expected = found.target->expected;
  connection_->record.protocol = ProtocolOf(listener_.protocol, downstream_tls_);
  if (services_.chain.OnConnect(*connection_) == filters::Step::kClose) {
    return End(Farewell::kReset);
  }
  if (connection_->record.protocol == flows::Protocol::kTcp) return Open(*std::move(found.target));
  sniffing_ = std::make_unique<Sniffing>(Sniffing{.target = *std::move(found.target), .first = {}});
  if (downstream_->watcher() == nullptr) downstream_->Watch(services_.loop, downstream_side_);
  if (connection_->record.protocol != flows::Protocol::kUnknown) return StartHttp();
  state_ = State::kSniffing;
  services_.timeouts.sniff.Add(*this);
  TrySniff();
}

// Describe notes whom the source wants: outbound the address it connects to; inbound the workload's
// port at the address that the source used, since 127.0.0.1 would say nothing to a reader.
void Session::Describe(const SocketAddress& destination) {
  flows::Endpoint& endpoint = connection_->record.destination;
  endpoint.port = destination.port();
  if (listener_.direction == Direction::kOutbound || !destination.ip().is_loopback()) {
    endpoint.ip = destination.ip();
  }
}

void Session::Open(UpstreamTarget target) {
  if (!connection_->permit.has_value()) {
    return Refuse(Verdict::kDropped, Reason::kInternal, CloseReason::kInternal,
                  "no filter gave a permit");
  }
  policy::Permit permit = *std::move(connection_->permit);
  connection_->permit.reset();
  UpstreamFailure failure;
  upstream_ = OpenUpstream(std::move(permit), std::move(target), services_.scratch, services_.tls,
                           &failure);
  if (upstream_ == nullptr) return FailUpstream(failure);
  upstream_->Begin(
      services_.loop, upstream_side_, *this,
      {.connect = services_.timeouts.connect, .handshake = services_.timeouts.handshake});
}

void Session::OnOpening(Upstream::State state) {
  if (state == Upstream::State::kFailed) return FailUpstream(upstream_->failure());
  if (state == Upstream::State::kReady) Establish();
}

void Session::FailUpstream(const UpstreamFailure& failure) {
  const bool connected = upstream_ != nullptr && upstream_->connected();
  const bool unreached = failure.reason == Reason::kTimeout || (failure.is_error() && !connected);
  Refuse(failure.is_error() ? Verdict::kError : Verdict::kDropped, failure.reason,
         unreached ? CloseReason::kConnectFailed : CloseReason::kHandshakeFailed, failure.detail);
}

void Session::Establish() {
  if (TlsTransport* const tls = upstream_->tls(); tls != nullptr) {
    connection_->peer = tls->peer();
    connection_->record.destination.principal = connection_->peer->principal;
    connection_->record.tls = tls->Info();
    trust_epoch_ = tls->trust_epoch();
  }
  // Trust may have changed while the peer took its time over the handshake.
  if (!StillTrusted()) return;
  if (services_.chain.OnEstablished(*connection_) == filters::Step::kClose) {
    return End(Farewell::kReset);
  }
  state_ = State::kRelaying;
  if (listener_.direction == Direction::kInbound) {
    open_.emplace(services_.http.own_open_requests, connection_->record);
  }
  services_.timeouts.idle.Add(*this);
  services_.reports.Add(*this);
  if (downstream_->watcher() == nullptr) downstream_->Watch(services_.loop, downstream_side_);
  relay_.emplace(*downstream_, upstream_->transport(), *connection_, services_.chain,
                 services_.scratch, static_cast<size_t>(services_.limits.connection_buffer_bytes));
  if (sniffing_ == nullptr) return Act(relay_->Start());
  // The workload learns who asks from us alone, or not at all.
  if (listener_.direction == Direction::kInbound) relay_->RefuseRequests();
  if (HoldsBytes()) return PassHeld();
  TrySniff();
  if (MayYetBeHttp()) RelayFromUpstream({.readable = true});
}

void Session::OnDownstream(FdEvents events) {
  if (state_ == State::kHttp) {
    Stir();  // whether it was of any use, OnHttpActivity tells
    return http_->OnEvents(events);
  }
  if (state_ == State::kRelaying && !MayYetBeHttp()) Touch(services_.loop.Now());
  downstream_->Note(events);
  switch (state_) {
    case State::kDetecting:
      return Detect();
    case State::kHandshaking:
      if (events.writable && downstream_->write_blocked() &&
          downstream_->Flush() == IoState::kReset) {
        return Refuse(Verdict::kDropped, Reason::kTlsFailure, CloseReason::kDownstreamReset);
      }
      return Handshake();
    case State::kConnecting:
      return;  // what it says waits until there is somebody to say it to
    case State::kSniffing:
      return TrySniff();
    case State::kRelaying:
      return MayYetBeHttp() ? TrySniff() : RelayFromDownstream(events);
    case State::kLingering:
      if (events.writable && downstream_->Flush() == IoState::kReset) return End(Farewell::kReset);
      return Discard();
    case State::kHttp:
    case State::kHeld:
    case State::kClosed:
      return;
  }
}

void Session::OnUpstream(FdEvents events) {
  if (state_ == State::kConnecting) return OnOpening(upstream_->OnEvents(events));
  upstream_->transport().Note(events);
  if (state_ != State::kRelaying) return;
  Touch(services_.loop.Now());
  RelayFromUpstream(events);
}

void Session::OnTimeout() {
  switch (state_) {
    case State::kDetecting:
      return Refuse(Verdict::kDropped, Reason::kTimeout, CloseReason::kHandshakeFailed,
                    "no first byte within detect_timeout_ms");
    case State::kHandshaking:
      return Refuse(Verdict::kDropped, Reason::kTlsFailure, CloseReason::kHandshakeFailed,
                    "no handshake within handshake_timeout_ms");
    case State::kConnecting:
      upstream_->OnTimeout();
      return FailUpstream(upstream_->failure());
    case State::kSniffing:
      return TakeAsBytes();
    case State::kLingering:
      return End(Farewell::kOrderly);
    case State::kHeld:
      return End(Farewell::kReset);
    case State::kHttp:
    case State::kRelaying:
      if (HoldsBytes()) return PassHeld();
      connection_->Close(half_closed_ ? CloseReason::kHalfCloseTimeout : CloseReason::kIdleTimeout,
                         Reason::kTimeout);
      return End(Farewell::kReset);
    case State::kClosed:
      return;
  }
}

void Session::OnCheck() {
  const FdEvents maybe{.readable = true};
  if (state_ == State::kHandshaking) {
    downstream_->Note(maybe);
    return Handshake();
  }
  if (state_ == State::kHttp) return http_->OnEvents(maybe);
  if (state_ == State::kRelaying) {
    downstream_->Note(maybe);
    MayYetBeHttp() ? TrySniff() : RelayFromDownstream(maybe);
  }
  if (state_ == State::kRelaying) {
    upstream_->transport().Note(maybe);
    RelayFromUpstream(maybe);
  }
}

void Session::Recheck() {
  switch (state_) {
    case State::kDetecting:
    case State::kHandshaking:
    case State::kLingering:
    case State::kHeld:
    case State::kClosed:
      return;
    case State::kSniffing:
    case State::kConnecting:
    case State::kRelaying:
    case State::kHttp:
      break;
  }
  if (!StillTrusted()) return;
  if (services_.chain.OnRecheck(*connection_) == filters::Step::kClose) {
    return End(Farewell::kReset);
  }
  if (http_ != nullptr) http_->Recheck();
}

void Session::BeginDrain() {
  if (state_ == State::kHeld) return End(Farewell::kReset);
  if (http_ != nullptr && state_ == State::kHttp) http_->Drain();
}

// StillTrusted asks about the peer again if trust has changed since it was last asked, and ends the
// session when the answer is no.
bool Session::StillTrusted() {
  if (connection_->peer == nullptr || trust_epoch_ == services_.tls.trust_epoch()) return true;
  const certs::SvidVerdict verdict = services_.tls.Revalidate(*connection_->peer);
  if (verdict.ok()) {
    trust_epoch_ = services_.tls.trust_epoch();
    return true;
  }
  const bool revoked = ReasonOf(verdict.error) == Reason::kRevoked;
  Refuse(Verdict::kDropped, revoked ? Reason::kRevoked : Reason::kTrustChanged,
         CloseReason::kPolicy, SvidErrorName(verdict.error));
  return false;
}

void Session::Drain() {
  Refuse(state_ == State::kRelaying || state_ == State::kHttp ? connection_->record.verdict
                                                              : Verdict::kDropped,
         Reason::kDrained, CloseReason::kDrained);
}

void Session::Refuse(Verdict verdict, Reason reason, CloseReason close_reason,
                     absl::string_view detail, Farewell farewell) {
  connection_->Refuse(verdict, reason, close_reason, detail);
  End(farewell);
}

void Session::End(Farewell farewell) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandshaking && downstream_tls_ != nullptr) {
    --services_.counts.handshakes;
  }
  if (state_ == State::kHeld) --services_.counts.tarpits;
  state_ = State::kClosed;
  open_.reset();
  if (http_ != nullptr) {
    // That some requests may be asked about is nothing a rule allowed; each has its own.
    const bool decided = IsDecision(connection_->record.reason);
    if (!decided) connection_->record.rule = nullptr;
    http_->Abort(connection_->record.verdict, connection_->record.reason, {},
                 decided ? &connection_->record : nullptr);
  }
  services_.complaints.Note(connection_->record, services_.loop.Now());
  if (farewell == Farewell::kReset) {
    if (downstream_ != nullptr && downstream_->fd() >= 0) ResetOnClose(downstream_->fd());
    if (upstream_ != nullptr) ResetOnClose(upstream_->transport().fd());
  }
  services_.sessions.Remove(*this);
}

}  // namespace firebreak::proxy
