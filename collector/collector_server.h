// CollectorServer listens, and keeps sessions, calls and the intake going, on one thread.
#ifndef FIREBREAK_COLLECTOR_COLLECTOR_SERVER_H_
#define FIREBREAK_COLLECTOR_COLLECTOR_SERVER_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/complaint.h"
#include "base/ip.h"
#include "base/limits.h"
#include "certs/file_source.h"
#include "collector/collector_session.h"
#include "collector/intake.h"
#include "collector/quarantine_feed.h"
#include "collector/session_table.h"
#include "proxy/admin/http_responder.h"
#include "proxy/event/file_watch.h"
#include "proxy/event/signal_watcher.h"
#include "proxy/event/timer.h"
#include "proxy/net/listener.h"

namespace firebreak::collector {

struct CollectorOptions {
  SocketAddress listen = {};
  std::optional<SocketAddress> metrics = {};
  certs::IdentityFiles identity = {};
  std::string trust_domain = {};
  IntakeOptions intake = {};
  // Who may report: principals, or beginnings of them that end in "*". Empty: everybody in our own
  // trust domain.
  std::vector<std::string> reporters = {};
  std::string quarantine_list = {};  // a file for sidecars; empty: none is given out
  size_t max_connections = 20'000;   // half of them for one principal at most
  // Of messages that are not whole, of all senders; half of them for one principal at most.
  size_t max_message_bytes = size_t{256} << 20;
  // Messages that wait for their share of that, each with up to 80 KiB in memory: beyond, their
  // senders are told to come again.
  size_t max_waiting = 2'048;
  size_t max_waiting_of_one = 256;  // principal
  // Without a request and without a byte of one; a PING is none.
  std::chrono::milliseconds idle_timeout{600'000};
};

class CollectorServer final : private CallServer, private SessionOwner {
 public:
  // Make opens the store and the sockets and reads the identity. An error names what cannot be had.
  static absl::StatusOr<std::unique_ptr<CollectorServer>> Make(CollectorOptions options,
                                                               const Clock& clock);
  ~CollectorServer();

  // Run serves until SIGTERM or SIGINT: then it gives the receipts that are due, tells its senders
  // to go, and stores what it has. The status is that of the store's last flush.
  absl::Status Run();
  // Stop does what a signal does. Any thread.
  void Stop();
  // Where it listens, for tests that let the kernel choose a port.
  SocketAddress address() const { return address_; }

 private:
  CollectorServer(CollectorOptions options, const Clock& clock);
  absl::Status Prepare();
  absl::Status LoadIdentity();
  void Accept(proxy::Socket socket);
  void Tick();
  void ReloadIdentity();
  void SyncSoon();
  void SyncNow();
  void ServeRoom();
  void StopSoon();
  proxy::HttpResponder::Routes Routes();
  std::optional<QuarantineFeedStats> QuarantineStats() const;

  absl::StatusOr<Receipt> TakeBatch(PublishCall& call, absl::string_view message) override;
  RoomAnswer TakeRoom(PublishCall& call, size_t bytes) override;
  void GiveRoom(PublishCall& call, size_t bytes) override;
  void BeginMessage(PublishCall& call) override;
  void EndMessage(PublishCall& call) override;
  void Forget(PublishCall& call) override;
  bool MayReport(absl::string_view principal) const override;
  void OnHandshakeFailed(const std::string& why) override;
  bool OnHandshakeDone(CollectorSession& session) override;
  void OnSessionEnd(CollectorSession& session) override;

  const CollectorOptions options_;
  const Clock& clock_;
  const Limits limits_;
  proxy::EventLoop loop_;
  proxy::Scratch scratch_;
  proxy::Agenda agenda_{loop_};
  proxy::TlsEngine tls_;
  proxy::TimeoutQueue handshake_timeouts_;
  proxy::TimeoutQueue idle_timeouts_;
  proxy::TimeoutQueue message_timeouts_;
  const std::unique_ptr<QuarantineFeed> quarantine_;  // null: no list is given out
  const SessionServices services_{
      loop_,          scratch_, agenda_,          tls_, handshake_timeouts_,
      idle_timeouts_, *this,    quarantine_.get()};
  std::unique_ptr<Intake> intake_;
  proxy::FileWatch identity_watch_;
  uint64_t trust_epoch_ = 0;
  ServerStats stats_;
  absl::flat_hash_set<PublishCall*> unsynced_;
  MessageRoom room_{{.bytes = options_.max_message_bytes,
                     .least = kMaxMessageBytes,
                     .waiting = options_.max_waiting,
                     .waiting_of_one = options_.max_waiting_of_one}};
  bool sync_posted_ = false;
  bool room_posted_ = false;
  size_t max_connections_ = 0;
  bool stopping_ = false;
  SessionTable<CollectorSession> sessions_;
  Complaint refusals_{clock_};
  std::unique_ptr<proxy::HttpResponder> responder_;
  std::unique_ptr<proxy::Listener> listener_;
  SocketAddress address_;
  proxy::Timer tick_;
  proxy::Timer stop_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_COLLECTOR_SERVER_H_
