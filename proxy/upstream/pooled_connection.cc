#include "proxy/upstream/pooled_connection.h"

#include <utility>

#include "proxy/http1/http1_codec.h"
#include "proxy/http2/http2_codec.h"

namespace firebreak::proxy {

PooledConnection::PooledConnection(HttpPool& pool, PoolKey key, std::unique_ptr<Upstream> upstream)
    : pool_(pool),
      key_(std::move(key)),
      upstream_(std::move(upstream)),
      pump_(upstream_->transport(), pool.services_.scratch, pool.services_.agenda, *this) {}

void PooledConnection::Begin() {
  upstream_->Begin(pool_.services_.loop, *this, *this,
                   {.connect = pool_.connect_, .handshake = pool_.handshake_});
}

size_t PooledConnection::room() const {
  if (state_ != State::kOpen || abort_reason_ != Reason::kNone) return 0;
  // One may go ahead at once; others, that the upstream might refuse, wait for its SETTINGS.
  return settled() || codec_->live_streams() == 0 ? codec_->room() : 0;
}

ClientStream* PooledConnection::Request(const http::Request& request, bool end,
                                        ResponseReader& reader) {
  ClientStream* stream = codec_->Request(request, end, reader);
  if (stream == nullptr) return nullptr;
  Touch(pool_.services_.loop.Now());
  // Whatever it answers to an upgrade, nobody else's request follows on this connection.
  if (request.upgrade != http::Upgrade::kNone) codec_->Drain();
  return stream;
}

void PooledConnection::OnFdEvents(FdEvents events) {
  const Agenda::Turn turn(pool_.services_.agenda);
  switch (state_) {
    case State::kOpening:
      OnOpening(upstream_->OnEvents(events));
      break;
    case State::kOpen:
      // What an upstream says while nobody has asked it anything keeps nothing open.
      codec_->live_streams() > 0 ? Touch(pool_.services_.loop.Now()) : Stir();
      pump_.OnEvents(events);
      break;
    case State::kClosed:
      break;
  }
}

void PooledConnection::OnOpening(Upstream::State state) {
  if (state == Upstream::State::kFailed) return Fail(upstream_->failure());
  if (state == Upstream::State::kReady) Establish();
}

void PooledConnection::Establish() {
  if (TlsTransport* const tls = upstream_->tls(); tls != nullptr) {
    peer_ = tls->peer();
    tls_info_ = tls->Info();
    trust_epoch_ = tls->trust_epoch();
    const Alpn wanted = key_.protocol == HttpProtocol::kHttp2 ? Alpn::kHttp2 : Alpn::kHttp1;
    if (tls->alpn() != Alpn::kNone && tls->alpn() != wanted) {
      return Fail({.detail = "the upstream chose another protocol than was offered"});
    }
  }
  const CodecOptions& options = pool_.services_.codec;
  codec_ = key_.protocol == HttpProtocol::kHttp2
               ? MakeHttp2Client(options, pump_.output(), pool_.services_.scratch.slabs(), *this)
               : MakeHttp1Client(options, pump_.output(), *this);
  state_ = State::kOpen;
  pool_.idle_.Add(*this);
  pump_.Start(*codec_, {});
  // Trust may have changed while the peer took its time over the handshake.
  Recheck();
  if (state_ == State::kOpen) pool_.OnRoom(*this);
}

void PooledConnection::OnTurn() {
  if (state_ != State::kOpen) return;
  const bool opened = counted_as_opening_ && settled();
  if (opened || room() > 0) pool_.OnRoom(*this);
}

void PooledConnection::OnTimeout() {
  const Agenda::Turn turn(pool_.services_.agenda);
  switch (state_) {
    case State::kOpening:
      upstream_->OnTimeout();
      Fail(upstream_->failure());
      break;
    case State::kOpen:
      // It stays in the queue as long as it lives, with requests under way too: see OnCheck. How
      // long those may take is for their exchanges to say.
      pool_.idle_.Add(*this);
      if (codec_->live_streams() > 0) return;
      codec_->Drain();
      pump_.Wake();
      break;
    case State::kClosed:
      break;
  }
}

// A reset that came in one event with the last bytes is met by reading once more: see
// Transport::Receive.
void PooledConnection::OnCheck() {
  const Agenda::Turn turn(pool_.services_.agenda);
  if (state_ == State::kOpen) pump_.OnEvents({.readable = true});
}

void PooledConnection::Recheck() {
  if (state_ != State::kOpen || peer_ == nullptr) return;
  TlsEngine& tls = pool_.services_.tls;
  if (trust_epoch_ == tls.trust_epoch()) return;
  const certs::SvidVerdict verdict = tls.Revalidate(*peer_);
  if (verdict.ok()) {
    trust_epoch_ = tls.trust_epoch();
    return;
  }
  const bool revoked = ReasonOf(verdict.error) == Reason::kRevoked;
  Abort(revoked ? Reason::kRevoked : Reason::kTrustChanged);
}

void PooledConnection::Retire() {
  if (state_ != State::kOpen) return;
  codec_->Drain();
  pump_.Wake();
}

void PooledConnection::Abort(Reason reason) {
  if (state_ != State::kOpen) return;
  abort_reason_ = reason;
  ResetOnClose(upstream_->transport().fd());
  codec_->ReceiveFailure();
  OnPumpEnd(PumpEnd::kReset);
}

void PooledConnection::OnPumpEnd(PumpEnd /*end*/) {
  if (state_ == State::kClosed) return;
  pump_.Stop();
  // Whatever still lives on it has ended with it.
  codec_->ReceiveFailure();
  state_ = State::kClosed;
  pool_.OnClosed(*this, nullptr);
}

void PooledConnection::Fail(const UpstreamFailure& failure) {
  state_ = State::kClosed;
  pump_.Stop();
  pool_.OnClosed(*this, &failure);
}

}  // namespace firebreak::proxy
