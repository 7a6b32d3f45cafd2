// Session is one connection through the sidecar, from accept to its flow record.
#ifndef FIREBREAK_PROXY_TCP_SESSION_H_
#define FIREBREAK_PROXY_TCP_SESSION_H_

#include <memory>
#include <optional>
#include <string>

#include "base/intrusive_list.h"
#include "base/ip.h"
#include "config/proxy_config.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/event/report_queue.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/exchange/http_session.h"
#include "proxy/exchange/open_requests.h"
#include "proxy/net/connection_guard.h"
#include "proxy/net/transport.h"
#include "proxy/tcp/protocol_sniffer.h"
#include "proxy/tcp/relay.h"
#include "proxy/tcp/session_services.h"
#include "proxy/tls/tls_transport.h"
#include "proxy/upstream/routes.h"
#include "proxy/upstream/upstream.h"

namespace firebreak::proxy {

// ListenerInfo is what a session needs of the listener that accepted it. Outlives its sessions.
struct ListenerInfo {
  size_t index = 0;  // into Routes
  Direction direction = Direction::kInbound;
  config::MtlsMode mtls = config::MtlsMode::kStrict;
  config::ListenerProtocol protocol = config::ListenerProtocol::kAuto;
  bool original_destination = false;  // no upstream is configured
  std::shared_ptr<const Routes> routes;
};

// A session is owned by its worker's SessionList. It ends itself, through the list, on whatever
// event ends it; the guard in it writes the flow record, exactly once.
class Session final : public ListNode<Session>,
                      private TimeoutEntry,
                      private ReportEntry,
                      private HttpSessionOwner {
 public:
  enum class State {
    kDetecting,    // PERMISSIVE: is the first byte TLS?
    kHandshaking,  // with the downstream
    kSniffing,     // AUTO: is it HTTP?
    kConnecting,   // to the upstream, and the handshake with it
    kRelaying,
    kHttp,       // its requests are served
    kLingering,  // all is said; the downstream may still be reading
    kHeld,       // refused, and kept open for a while to hold up who connected
    kClosed,
  };

  Session(SessionServices& services, const ListenerInfo& listener, Socket socket,
          const SocketAddress& peer);
  ~Session() override;

  // Begin starts the work; it may end the session within.
  void Begin();
  // Recheck asks whether a live session may live on under the policy and trust now in force, and
  // ends it if not.
  void Recheck();
  // BeginDrain lets an HTTP connection end after the requests it carries, and ends what is only
  // held up; a byte stream has no such point, and goes on. Drain ends the session because the
  // sidecar is stopping.
  void BeginDrain();
  void Drain();

 private:
  friend class SessionList;

  // Which socket an event came from; libevent keeps the address of the handler.
  struct Side final : FdHandler {
    Side(Session& owner, void (Session::*call)(FdEvents)) : session(owner), on_events(call) {}
    void OnFdEvents(FdEvents events) override { (session.*on_events)(events); }
    Session& session;
    void (Session::*on_events)(FdEvents);
  };

  // What is held while the protocol is not known; and while a byte stream may yet turn out to be
  // HTTP, because its client was silent and nothing has passed either way.
  struct Sniffing {
    UpstreamTarget target;
    std::string first;
    flows::Protocol protocol = flows::Protocol::kUnknown;
  };

  void OnDownstream(FdEvents events);
  void OnUpstream(FdEvents events);
  void OnTimeout() override;
  // Reads once more after the last event: libevent hides an RST that comes together with data.
  void OnCheck() override;
  int OnReport(int room) override;

  void Detect();
  void StartHandshake();
  void Handshake();
  void Decide();
  // SniffMore reads until it is known what is spoken, or nothing more is there to be read.
  struct Heard {
    Sniffed what;
    IoState state;
  };
  Heard SniffMore();
  void TrySniff();
  // TakeAsBytes opens the upstream of a byte stream; PassHeld begins to pass its bytes on.
  void TakeAsBytes();
  void PassHeld();
  bool MayYetBeHttp();
  bool HoldsBytes() const { return sniffing_ != nullptr && !sniffing_->first.empty(); }
  void ReleaseUpstream();
  void ForgetUpstream();
  void StartHttp();
  void OnHttpActivity() override { Touch(services_.loop.Now()); }
  void OnHttpSessionEnd(PumpEnd end, absl::string_view code, const flows::Record* cut) override;
  void Linger();
  void Leave(filters::Ending ending);
  void Hold();
  void Discard();
  void Open(UpstreamTarget target);
  void OnOpening(Upstream::State state);
  void FailUpstream(const UpstreamFailure& failure);
  void Establish();
  void RelayFromDownstream(FdEvents events);
  void RelayFromUpstream(FdEvents events);
  void Act(Relay::State state);
  void Break(flows::CloseReason close_reason, const TlsTransport* tls);
  bool StillTrusted();

  void Describe(const SocketAddress& destination);
  enum class Farewell { kOrderly, kReset };
  void End(Farewell farewell);
  void Refuse(Verdict verdict, Reason reason, flows::CloseReason close_reason,
              absl::string_view detail = {}, Farewell farewell = Farewell::kReset);

  SessionServices& services_;
  const ListenerInfo& listener_;
  ConnectionGuard connection_;
  Side downstream_side_{*this, &Session::OnDownstream};
  Side upstream_side_{*this, &Session::OnUpstream};
  std::unique_ptr<Transport> downstream_;
  TlsTransport* downstream_tls_ = nullptr;
  std::unique_ptr<Upstream> upstream_;
  std::optional<Relay> relay_;
  std::unique_ptr<HttpSession> http_;
  std::optional<OpenRequests::Entry> open_;  // INBOUND bytes, while they are relayed
  std::unique_ptr<Sniffing> sniffing_;
  State state_ = State::kHandshaking;
  bool half_closed_ = false;
  uint64_t trust_epoch_ = 0;  // under which the peer was last found trusted
  bool reporting_ = false;    // some of its requests have yet to follow its own report

  uint64_t checked_in_ = 0;  // of SessionList
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_SESSION_H_
