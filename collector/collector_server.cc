#include "collector/collector_server.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/log.h"
#include "base/status.h"
#include "collector/collector_metrics.h"
#include "proxy/event/process.h"

namespace firebreak::collector {
namespace {

constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::milliseconds kHandshakeTimeout{10'000};
constexpr std::chrono::milliseconds kMessageTimeout{30'000};
// How long senders have to hear that the collector goes.
constexpr std::chrono::milliseconds kGoodbye{200};
constexpr int64_t kReservedDescriptors = 256;

}  // namespace

CollectorServer::CollectorServer(CollectorOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      loop_(clock),
      tls_(scratch_, limits_, clock),
      handshake_timeouts_(loop_, kHandshakeTimeout),
      idle_timeouts_(loop_, options_.idle_timeout),
      message_timeouts_(loop_, kMessageTimeout),
      quarantine_(options_.quarantine_list.empty()
                      ? nullptr
                      : std::make_unique<QuarantineFeed>(loop_, options_.quarantine_list, clock)),
      identity_watch_(options_.identity.AllPaths()),
      tick_(loop_, [this] { Tick(); }),
      stop_(loop_, [this] { loop_.Stop(); }) {}

CollectorServer::~CollectorServer() {
  sessions_.Clear();
  loop_.Bury();
}

absl::StatusOr<std::unique_ptr<CollectorServer>> CollectorServer::Make(CollectorOptions options,
                                                                       const Clock& clock) {
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<CollectorServer> server(new CollectorServer(std::move(options), clock));
  FB_RETURN_IF_ERROR(server->Prepare());
  return server;
}

absl::Status CollectorServer::Prepare() {
  const int64_t descriptors = proxy::RaiseDescriptorLimit() - kReservedDescriptors;
  max_connections_ =
      std::min(options_.max_connections, static_cast<size_t>(std::max<int64_t>(1, descriptors)));
  FB_RETURN_IF_ERROR(LoadIdentity());
  FB_ASSIGN_OR_RETURN(intake_, Intake::Open(options_.intake, clock_));
  FB_RETURN_IF_ERROR(proxy::CheckFree(options_.listen));
  FB_ASSIGN_OR_RETURN(proxy::Socket socket, proxy::Listen(options_.listen));
  address_ = proxy::LocalAddress(socket.fd());
  listener_ = std::make_unique<proxy::Listener>(
      loop_, std::move(socket),
      [this](proxy::Socket accepted, const SocketAddress&) { Accept(std::move(accepted)); });
  if (!options_.metrics.has_value()) return absl::OkStatus();
  FB_RETURN_IF_ERROR(proxy::CheckFree(*options_.metrics));
  FB_ASSIGN_OR_RETURN(proxy::Socket metrics, proxy::Listen(*options_.metrics));
  responder_ = std::make_unique<proxy::HttpResponder>(loop_, Routes());
  responder_->Serve(std::move(metrics));
  return absl::OkStatus();
}

proxy::HttpResponder::Routes CollectorServer::Routes() {
  using Response = proxy::HttpResponder::Response;
  const auto ready = [this]() -> Response {
    if (intake_->ready() && !stopping_) return {.body = "ready\n"};
    return {.status = 503, .body = stopping_ ? "stopping\n" : "the store has failed\n"};
  };
  const auto metrics = [this]() -> Response {
    stats_.message_bytes_held = room_.held();
    stats_.messages_waiting = room_.waiting();
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = CollectorMetrics({.server = stats_,
                                      .intake = intake_->stats(),
                                      .quarantine = QuarantineStats(),
                                      .connections = sessions_.size(),
                                      .journal_bytes = intake_->journal_bytes(),
                                      .ready = intake_->ready()})};
  };
  const auto quarantine = [this]() -> Response {
    if (quarantine_ == nullptr) return {.status = 404, .body = "no --quarantine-list\n"};
    return {.content_type = "application/x-ndjson", .body = quarantine_->Table()};
  };
  return {{"/readyz", ready},
          {"/healthz/ready", ready},
          {"/metrics", metrics},
          {"/quarantine", quarantine}};
}

std::optional<QuarantineFeedStats> CollectorServer::QuarantineStats() const {
  if (quarantine_ == nullptr) return std::nullopt;
  return quarantine_->Stats();
}

absl::Status CollectorServer::LoadIdentity() {
  identity_watch_.Accept();
  FB_ASSIGN_OR_RETURN(
      const certs::IdentityMaterial identity,
      certs::LoadIdentity(
          options_.identity,
          {.trust_domain = options_.trust_domain, .epoch = ++trust_epoch_, .limits = limits_},
          clock_.WallNow()));
  FB_RETURN_IF_ERROR(tls_.SetIdentity(identity));
  FB_LOG(kInfo, "collector: identity in force: ", identity.svid.id().uri(), ", serial ",
         identity.svid.serial_hex());
  return absl::OkStatus();
}

void CollectorServer::ReloadIdentity() {
  if (const absl::Status loaded = LoadIdentity(); !loaded.ok()) {
    FB_LOG(kError, "identity refused, the last good one stays: ", loaded.message());
    return;
  }
  sessions_.ForEachNamed([](CollectorSession& session) { session.Recheck(); });
}

absl::Status CollectorServer::Run() {
  const proxy::SignalWatcher on_term(loop_, SIGTERM, [this] { StopSoon(); });
  const proxy::SignalWatcher on_interrupt(loop_, SIGINT, [this] { StopSoon(); });
  tick_.Set(kTick);
  if (quarantine_ != nullptr) quarantine_->Start();
  FB_LOG(kInfo, "collector: listening on ", address_.ToString(), ", storing in ",
         options_.intake.folder);
  loop_.Run();
  return intake_->Close();
}

void CollectorServer::Stop() {
  loop_.Post([this] { StopSoon(); });
}

void CollectorServer::StopSoon() {
  if (std::exchange(stopping_, true)) return loop_.Stop();
  FB_LOG(kInfo, "collector: stopping, with ", sessions_.named(), " connections");
  listener_.reset();
  SyncNow();
  const proxy::Agenda::Turn turn(agenda_);
  while (CollectorSession* const session = sessions_.OldestStranger()) session->End();
  sessions_.ForEachNamed([](CollectorSession& session) { session.Drain(); });
  stop_.Set(kGoodbye);
}

void CollectorServer::Tick() {
  if (identity_watch_.Settled()) ReloadIdentity();
  intake_->Tend();
  sessions_.ForEachNamed(
      [now = clock_.WallNow()](CollectorSession& session) { session.Expire(now); });
  tick_.Set(kTick);
}

void CollectorServer::Accept(proxy::Socket socket) {
  ++stats_.accepted;
  if (sessions_.size() >= max_connections_) {
    ++stats_.turned_away;
    // Who has taken longest to say who it is may never: it goes first.
    CollectorSession* const oldest = sessions_.OldestStranger();
    if (oldest == nullptr) return;
    oldest->End();
  }
  auto transport = proxy::TlsTransport::Server(std::move(socket), scratch_, tls_, {.http2 = true});
  if (transport == nullptr) return;  // no memory: the sender comes again
  SessionOwner& owner = *this;
  sessions_.Add(std::make_unique<CollectorSession>(services_, owner, std::move(transport)));
}

void CollectorServer::OnSessionEnd(CollectorSession& session) {
  loop_.DeleteLater(sessions_.Take(session));
}

bool CollectorServer::OnHandshakeDone(CollectorSession& session) {
  const size_t most = std::max<size_t>(1, max_connections_ / 2);
  if (sessions_.Name(session, session.principal(), most)) return true;
  ++stats_.turned_away;
  OnHandshakeFailed(absl::StrCat(session.principal(), " has ", most, " connections already"));
  return false;
}

void CollectorServer::OnHandshakeFailed(const std::string& why) {
  ++stats_.handshakes_failed;
  if (const uint64_t count = refusals_.Due(); count > 0) {
    FB_LOG(kWarning, "collector: a sender was refused: ", why,
           "; refused since this was last said: ", count);
  }
}

bool CollectorServer::MayReport(absl::string_view principal) const {
  if (options_.reporters.empty()) {
    return absl::StartsWith(principal, absl::StrCat(options_.trust_domain, "/"));
  }
  return std::any_of(
      options_.reporters.begin(), options_.reporters.end(), [principal](absl::string_view allowed) {
        return absl::ConsumeSuffix(&allowed, "*") ? absl::StartsWith(principal, allowed)
                                                  : principal == allowed;
      });
}

absl::StatusOr<Receipt> CollectorServer::TakeBatch(PublishCall& call, absl::string_view message) {
  auto receipt = intake_->Take(call.principal(), message);
  if (receipt.ok()) {
    unsynced_.insert(&call);
    SyncSoon();
  }
  return receipt;
}

// SyncSoon lets what other senders have sent meanwhile share one sync of the disk.
void CollectorServer::SyncSoon() {
  if (std::exchange(sync_posted_, true)) return;
  loop_.Post([this] { SyncNow(); });
}

void CollectorServer::SyncNow() {
  const proxy::Agenda::Turn turn(agenda_);
  sync_posted_ = false;
  const absl::Status synced = intake_->Sync();
  for (PublishCall* call : std::exchange(unsynced_, {})) call->OnSynced(synced);
}

RoomAnswer CollectorServer::TakeRoom(PublishCall& call, size_t bytes) {
  const RoomAnswer answer = room_.Take(call, bytes);
  if (answer == RoomAnswer::kOneCrowds) ++stats_.crowded_by_one;
  if (answer == RoomAnswer::kAllCrowd) ++stats_.crowded_by_all;
  return answer;
}

void CollectorServer::GiveRoom(PublishCall& call, size_t bytes) {
  room_.Give(call.principal(), bytes);
  if (room_.waiting() == 0 || std::exchange(room_posted_, true)) return;
  // Not now: the call that gave it is in the midst of its work.
  loop_.Post([this] { ServeRoom(); });
}

void CollectorServer::ServeRoom() {
  const proxy::Agenda::Turn turn(agenda_);
  room_posted_ = false;
  room_.Serve();
}

void CollectorServer::BeginMessage(PublishCall& call) { message_timeouts_.Add(call); }

void CollectorServer::EndMessage(PublishCall& call) { message_timeouts_.Remove(call); }

void CollectorServer::Forget(PublishCall& call) {
  message_timeouts_.Remove(call);
  unsynced_.erase(&call);
  room_.Forget(call);
}

}  // namespace firebreak::collector
