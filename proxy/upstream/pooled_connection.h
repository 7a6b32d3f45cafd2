// PooledConnection is one HTTP connection to an upstream, and who watches over it.
#ifndef FIREBREAK_PROXY_UPSTREAM_POOLED_CONNECTION_H_
#define FIREBREAK_PROXY_UPSTREAM_POOLED_CONNECTION_H_

#include <memory>
#include <string>

#include "base/verdict.h"
#include "certs/peer_identity.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/http/codec.h"
#include "proxy/http/codec_pump.h"
#include "proxy/upstream/http_pool.h"
#include "proxy/upstream/upstream.h"

namespace firebreak::proxy {

// The pool owns it. It ends itself, through the pool, when its transport or codec ends.
class PooledConnection final : private FdHandler,
                               private TimeoutEntry,
                               private PumpOwner,
                               private CodecHost {
 public:
  enum class State { kOpening, kOpen, kClosed };

  PooledConnection(HttpPool& pool, PoolKey key, std::unique_ptr<Upstream> upstream);
  ~PooledConnection() override = default;

  const PoolKey& key() const { return key_; }
  State state() const { return state_; }
  // How many more streams it takes now; 0 unless it is open.
  size_t room() const;
  bool settled() const { return codec_->settled(); }
  // Request opens a stream; see ClientCodec::Request. An upgrade makes the connection its own.
  ClientStream* Request(const http::Request& request, bool end, ResponseReader& reader);
  // The authenticated peer; null in clear text.
  const certs::PeerIdentityPtr& peer() const { return peer_; }
  const flows::TlsInfo& tls_info() const { return tls_info_; }
  // Why we ended it, for streams that fail with it; kNone when it was not our doing.
  Reason abort_reason() const { return abort_reason_; }

  // Recheck asks whether the peer is still trusted, and ends the connection when it is not.
  void Recheck();
  // Retire lets it end after the streams it carries.
  void Retire();
  // Abort ends it now; its streams fail.
  void Abort(Reason reason);

 private:
  friend class HttpPool;

  void OnFdEvents(FdEvents events) override;
  void OnTimeout() override;
  void OnCheck() override;
  void OnPumpEnd(PumpEnd end) override;
  void OnTurn() override;
  void Wake() override { pump_.Wake(); }

  void Begin();
  void OnOpening(Upstream::State state);
  void Establish();
  void Fail(const UpstreamFailure& failure);

  HttpPool& pool_;
  const PoolKey key_;
  std::unique_ptr<Upstream> upstream_;
  CodecPump pump_;
  std::unique_ptr<ClientCodec> codec_;
  State state_ = State::kOpening;
  certs::PeerIdentityPtr peer_;
  flows::TlsInfo tls_info_;
  uint64_t trust_epoch_ = 0;
  bool counted_as_opening_ = true;  // by the pool
  bool listed_as_roomy_ = false;    // so too
  Reason abort_reason_ = Reason::kNone;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_UPSTREAM_POOLED_CONNECTION_H_
