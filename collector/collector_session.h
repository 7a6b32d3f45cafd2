// CollectorSession is one connection of a sidecar: handshake, HTTP/2, calls.
#ifndef FIREBREAK_COLLECTOR_COLLECTOR_SESSION_H_
#define FIREBREAK_COLLECTOR_COLLECTOR_SESSION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "collector/publish_call.h"
#include "collector/quarantine_feed.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/http/agenda.h"
#include "proxy/http/codec.h"
#include "proxy/http/codec_pump.h"
#include "proxy/tls/tls_transport.h"

namespace firebreak::collector {

class CollectorSession;

// SessionServices is what the sessions of one collector share. All of it outlives them.
struct SessionServices {
  proxy::EventLoop& loop;
  proxy::Scratch& scratch;
  proxy::Agenda& agenda;
  proxy::TlsEngine& tls;
  proxy::TimeoutQueue& handshake_timeouts;
  proxy::TimeoutQueue& idle_timeouts;
  CallServer& calls;
  QuarantineFeed* quarantine;  // null: no list is given out
};

class SessionOwner {
 public:
  // Whether somebody with this principal may report here.
  virtual bool MayReport(absl::string_view principal) const = 0;
  virtual void OnHandshakeFailed(const std::string& why) = 0;
  // OnHandshakeDone: the session has a principal. False: it has too many already, and this one
  // ends.
  virtual bool OnHandshakeDone(CollectorSession& session) = 0;
  // OnSessionEnd: the session has ended; the owner destroys it, but not within.
  virtual void OnSessionEnd(CollectorSession& session) = 0;

 protected:
  ~SessionOwner() = default;
};

class CollectorSession final : private proxy::FdHandler,
                               private proxy::ServerHost,
                               private proxy::PumpOwner,
                               private CallOwner,
                               public proxy::TimeoutEntry {
 public:
  // The transport has begun nothing.
  CollectorSession(const SessionServices& services, SessionOwner& owner,
                   std::unique_ptr<proxy::TlsTransport> transport);
  ~CollectorSession() override;

  // Who the sender proved to be; empty before the handshake is done.
  absl::string_view principal() const;
  // Recheck ends the connection when its peer is trusted no more, Expire when its peer's SVID has
  // ended.
  void Recheck();
  void Expire(absl::Time now);
  // End ends the connection at once.
  void End();
  // Drain lets the connection end: the sender goes elsewhere with what comes next.
  void Drain();

 private:
  void OnFdEvents(proxy::FdEvents events) override;
  void Handshake(proxy::FdEvents events);
  proxy::StreamReader* OnRequest(proxy::ServerStream& stream, http::Request& request,
                                 const http::Rejection* rejection) override;
  std::unique_ptr<Call> MakeCall(proxy::ServerStream& stream, const http::Request& request);
  absl::Status CheckRequest(const http::Request& request, const http::Rejection* rejection) const;
  void OnMalformed(absl::string_view /*code*/) override {}
  void Wake() override { pump_.Wake(); }
  void OnPumpEnd(proxy::PumpEnd end) override;
  void OnTurn() override {}
  void OnCallData() override;
  void OnCallEnd(Call& call) override;
  void OnTimeout() override;

  const SessionServices& services_;
  SessionOwner& owner_;
  std::unique_ptr<proxy::TlsTransport> transport_;
  proxy::CodecPump pump_;
  std::unique_ptr<proxy::Codec> codec_;  // null until the handshake is done
  std::vector<std::unique_ptr<Call>> calls_;
  uint64_t trust_epoch_ = 0;
  bool ended_ = false;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_COLLECTOR_SESSION_H_
