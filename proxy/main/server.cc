#include "proxy/main/server.h"

#include <malloc.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "proxy/event/process.h"
#include "proxy/main/flow_sinks.h"
#include "proxy/main/pack_loader.h"
#include "proxy/net/socket.h"

namespace firebreak::proxy {
namespace {

// Two looks at rest and a reload fit well into the second within which a change must act.
constexpr std::chrono::milliseconds kPollInterval{200};
constexpr int64_t kReservedDescriptors = 64;
// A worker keeps 64 requests of a listener for the next turn: up to 1,280 a second are learned.
constexpr std::chrono::milliseconds kLearnInterval{50};

// Each of a number of workers gets its share of a limit, rounded up.
int64_t ShareOf(int64_t limit, int workers) { return (limit + workers - 1) / workers; }

}  // namespace

Server::Server(config::ProxyConfig config, FileWatch config_watch, Loaded loaded, int concurrency,
               const Clock& clock)
    : config_(std::move(config)),
      clock_(clock),
      loaded_(std::move(loaded)),
      loop_(clock),
      workers_(static_cast<size_t>(concurrency)),
      policy_reader_(
          loop_, [this] { return LoadOwnPolicy(config_, &loaded_.uses); },
          [this](auto policy) { OnPolicy(std::move(policy)); }),
      packs_reader_(
          loop_, [this] { return LoadOwnPacks(config_); },
          [this](auto packs) { OnPacks(std::move(packs)); }),
      config_watch_(std::move(config_watch)),
      poll_(loop_, [this] { Poll(); }),
      learn_(loop_, [this] { Learn(); }),
      drain_deadline_(loop_, [this] {
        for (const auto& worker : workers_) {
          worker->DrainNow([this](size_t cut) { loop_.Post([this, cut] { OnCut(cut); }); });
        }
      }) {}

// Workers first: their last records go through the flow log.
Server::~Server() {
  workers_.clear();
  if (flow_log_ != nullptr) flow_log_->Stop();
  quarantine_channel_.reset();  // last: it may wait for a collector that does not answer
}

absl::Status Server::Listen() {
  FB_ASSIGN_OR_RETURN(routes_, Routes::Make(config_));
  if (config_.flow_log.HasSink()) {
    const certs::X509Svid& svid = loaded_.identity->svid;
    FB_ASSIGN_OR_RETURN(head_signer_, HeadSigner::Make(svid));
    identity_slot_.Set(loaded_.identity);
    FB_ASSIGN_OR_RETURN(flow_log_, MakeFlowLog(config_,
                                               {.principal = std::string(svid.id().principal()),
                                                .signer = *head_signer_,
                                                .slot = identity_slot_},
                                               clock_));
  }
  FB_RETURN_IF_ERROR(PrepareQuarantineChannel());
  FB_RETURN_IF_ERROR(ListenWorkers());
  return ListenAdmin();
}

absl::Status Server::ListenWorkers() {
  const int64_t descriptors = RaiseDescriptorLimit();
  const auto count = static_cast<int>(workers_.size());
  // A connection has two sockets; half of the descriptors stay free for what is not a connection.
  const int64_t most = std::max<int64_t>(1, (descriptors / 2 - kReservedDescriptors) / 2);
  for (const config::ListenerConfig& listener : config_.listeners) {
    FB_RETURN_IF_ERROR(CheckFree(listener.address));
  }
  for (auto& worker : workers_) {
    worker = std::make_unique<Worker>(WorkerOptions{
        .config = config_,
        .routes = routes_,
        .workers = count,
        .ring = flow_log_ != nullptr ? &flow_log_->AddRing() : nullptr,
        .observations = loaded_.baselines.AddQueues(),
        .max_connections = ShareOf(std::min(config_.limits.max_connections, most), count),
        .max_handshakes = ShareOf(config_.limits.max_handshakes, count),
        .max_held_bytes = ShareOf(config_.limits.max_held_bytes, count),
        .max_tarpits = ShareOf(config_.limits.max_tarpits, count),
        .inspection = loaded_.inspection,
        .clock = clock_,
        .open_requests = open_requests_});
    for (size_t i = 0; i < config_.listeners.size(); ++i) {
      FB_ASSIGN_OR_RETURN(Socket socket, proxy::Listen(config_.listeners[i].address));
      worker->AddListener(i, std::move(socket));
    }
    // Before the policy, without which nothing passes.
    if (loaded_.quarantine.has_value()) worker->SetQuarantine(loaded_.quarantine->in_force());
    loaded_.baselines.ForEachInForce([&worker](size_t listener, auto baseline) {
      worker->PutInForce(listener, std::move(baseline));
    });
    SetPacksOf(*worker);
    worker->SetIdentity(loaded_.identity);
    worker->SetPolicy(loaded_.policy);
  }
  return absl::OkStatus();
}

absl::Status Server::ListenAdmin() {
  const auto admin = config_.admin.value_or(config::AdminConfig{});
  if (!admin.unix_path.empty()) {
    FB_ASSIGN_OR_RETURN(Socket socket, ListenUnix(admin.unix_path));
    Respond(std::move(socket));
  }
  for (const auto& address : {config_.health, config_.metrics, admin.address}) {
    if (!address.has_value()) continue;
    FB_RETURN_IF_ERROR(CheckFree(*address));
    FB_ASSIGN_OR_RETURN(Socket socket, proxy::Listen(*address));
    Respond(std::move(socket));
  }
  return absl::OkStatus();
}

void Server::Respond(Socket socket) {
  const auto ready = [this] {
    return draining_ ? HttpResponder::Response{.status = 503, .body = "draining\n"}
                     : HttpResponder::Response{.body = "ready\n"};
  };
  const auto metrics = [this] {
    return HttpResponder::Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                   .body = RenderMetrics(Measure())};
  };
  responders_.push_back(std::make_unique<HttpResponder>(
      loop_,
      HttpResponder::Routes{
          {"/healthz/ready", ready}, {"/metrics", metrics}, {"/stats/prometheus", metrics}}));
  responders_.back()->Serve(std::move(socket));
}

int Server::Run() {
  signal(SIGPIPE, SIG_IGN);
  for (const int stop : {SIGTERM, SIGINT}) {
    signals_.push_back(std::make_unique<SignalWatcher>(loop_, stop, [this] { Drain(); }));
  }
  signals_.push_back(std::make_unique<SignalWatcher>(loop_, SIGHUP, [this] {
    FB_LOG(kInfo, "SIGHUP: reloading");
    if (flow_log_ != nullptr) flow_log_->Reopen();
    Reload();
  }));
  if (loaded_.quarantine.has_value()) loaded_.quarantine->Remember();
  if (flow_log_ != nullptr) flow_log_->Start();
  if (quarantine_channel_ != nullptr) quarantine_channel_->Start();
  for (const auto& worker : workers_) worker->Start();
  poll_.Set(kPollInterval);
  Learn();
  FB_LOG(kInfo, "serving as spiffe://", loaded_.identity->svid.id().principal(), " on ",
         config_.listeners.size(), " listeners with ", workers_.size(), " workers, policy ",
         *loaded_.policy->revision(), " with ", loaded_.policy->rule_count(), " rules");
  loop_.Run();
  Learn();
  loaded_.baselines.Save();
  return exit_code_;
}

void Server::Learn() {
  const bool busy = loaded_.baselines.Turn([this](size_t listener, const auto& baseline) {
    for (const auto& worker : workers_) worker->PutInForce(listener, baseline);
  });
  if (busy) learn_.Set(kLearnInterval);
}

void Server::Poll() {
  if (loaded_.quarantine.has_value() && loaded_.quarantine->Poll()) SetQuarantine();
  if (loaded_.identity_watch.Settled()) ReloadIdentity();
  if (loaded_.policy_watch.Settled()) ReloadPolicy();
  if (loaded_.packs_watch.Settled()) ReloadPacks();
  if (config_watch_.Settled()) {
    config_watch_.Accept();
    FB_LOG(kWarning, config_.path, " has changed: restart to put it in force");
  }
  BuryPolicies();
  TrimMemory();
  poll_.Set(kPollInterval);
}

void Server::Reload() {
  ReloadIdentity();
  ReloadPolicy();
  ReloadPacks();
  if (loaded_.quarantine.has_value() && loaded_.quarantine->Reload()) SetQuarantine();
}

void Server::SetQuarantine() {
  for (const auto& worker : workers_) worker->SetQuarantine(loaded_.quarantine->in_force());
  if (quarantine_channel_ == nullptr) return;
  quarantine_channel_->SetSerial(loaded_.quarantine->Stats().serial);
}

absl::Status Server::PrepareQuarantineChannel() {
  if (!config_.quarantine.has_value() || !config_.quarantine->from_collector) {
    return absl::OkStatus();
  }
  FB_ASSIGN_OR_RETURN(collector::LinkTarget target, CollectorTarget(*config_.flow_log.collector));
  quarantine_channel_ = std::make_unique<collector::QuarantineChannel>(
      std::move(target), identity_slot_, config_.limits, clock_, [this](std::string text) {
        loop_.Post([this, text = std::move(text)] { OnQuarantineList(text); });
      });
  quarantine_channel_->SetSerial(loaded_.quarantine->Stats().serial);
  return absl::OkStatus();
}

void Server::OnQuarantineList(const std::string& text) {
  if (loaded_.quarantine->Offer("the collector", text)) SetQuarantine();
  quarantine_channel_->Next();
}

void Server::ReloadIdentity() {
  loaded_.identity_watch.Accept();
  const uint64_t epoch = loaded_.identity->trust->epoch() + 1;
  auto identity = LoadIdentityFiles(config_, epoch, clock_);
  if (!identity.ok()) {
    ++counters_.identity_rejections;
    FB_LOG(kError, "identity refused, the last good one stays: ", identity.status().message());
    return;
  }
  if (!((*identity)->svid.id() == loaded_.identity->svid.id())) {
    ++counters_.identity_rejections;
    FB_LOG(kError, "identity refused, the last good one stays: the SVID is now that of spiffe://",
           (*identity)->svid.id().principal(), "; restart to become somebody else");
    return;
  }
  ++counters_.identity_reloads;
  loaded_.identity = *std::move(identity);
  FB_LOG(kInfo, "identity in force: spiffe://", loaded_.identity->svid.id().principal(),
         ", serial ", loaded_.identity->svid.serial_hex());
  if (head_signer_ != nullptr) {
    const absl::Status signing = head_signer_->SetSvid(loaded_.identity->svid);
    if (!signing.ok()) FB_LOG(kError, "the flow log is signed as before: ", signing.message());
  }
  identity_slot_.Set(loaded_.identity);
  for (const auto& worker : workers_) worker->SetIdentity(loaded_.identity);
}

void Server::ReloadPolicy() {
  loaded_.policy_watch.Accept();
  policy_reader_.Read();
}

void Server::OnPolicy(std::shared_ptr<const policy::PolicySet> policy) {
  if (policy == nullptr) {
    ++counters_.policy_rejections;
    FB_LOG(kError, "policy refused, the last good one stays: ", *loaded_.policy->revision());
    return;
  }
  ++counters_.policy_reloads;
  retired_policies_.push_back(std::exchange(loaded_.policy, std::move(policy)));
  FB_LOG(kInfo, "policy in force: ", *loaded_.policy->revision(), " with ",
         loaded_.policy->rule_count(), " rules");
  for (const auto& worker : workers_) worker->SetPolicy(loaded_.policy);
}

void Server::ReloadPacks() {
  if (config_.packs.paths.empty()) return;
  loaded_.packs_watch.Accept();
  packs_reader_.Read();
}

void Server::OnPacks(std::shared_ptr<const inspect::RulePacks> packs) {
  if (packs == nullptr) {
    ++pack_stats_.rejections;
    FB_LOG(kError, "rule packs refused, the last good ones stay: ", RulesOf(*loaded_.packs),
           " rules");
    return;
  }
  ++pack_stats_.reloads;
  loaded_.packs = std::move(packs);
  FB_LOG(kInfo, "rule packs in force: ", loaded_.packs->size(), " with ", RulesOf(*loaded_.packs),
         " rules");
  for (const auto& worker : workers_) SetPacksOf(*worker);
}

// A worker without packs does not ask each request whether one applies.
void Server::SetPacksOf(Worker& worker) const {
  worker.SetPacks(loaded_.packs->empty() ? nullptr : loaded_.packs);
}

// BuryPolicies destroys what no worker uses any more. Large policies take long to destroy, and a
// worker that let go of one last would stand still for it.
void Server::BuryPolicies() {
  const auto unused = [](const auto& policy) { return policy.use_count() == 1; };
  retired_policies_.erase(
      std::remove_if(retired_policies_.begin(), retired_policies_.end(), unused),
      retired_policies_.end());
}

// TrimMemory gives back what a burst of connections has left in the allocator.
void Server::TrimMemory() {
  constexpr size_t kWorthIt = 256;
  const size_t live = LiveSessions();
  peak_sessions_ = std::max(peak_sessions_, live);
  if (peak_sessions_ < kWorthIt || live > peak_sessions_ / 2) return;
  malloc_trim(0);
  peak_sessions_ = live;
}

void Server::Drain() {
  if (draining_) {
    // Asked twice: the answer is now.
    exit_code_ = 1;
    return loop_.Stop();
  }
  draining_ = true;
  FB_LOG(kInfo, "stopping: ", LiveSessions(), " connections may finish within ",
         config_.limits.drain_timeout_ms, " ms");
  workers_draining_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->StopAccepting([this] {
      loop_.Post([this] {
        if (--workers_draining_ == 0) loop_.Stop();
      });
    });
  }
  drain_deadline_.Set(std::chrono::milliseconds(config_.limits.drain_timeout_ms));
}

void Server::OnCut(size_t connections) {
  if (connections == 0) return;
  FB_LOG(kWarning, "drain_timeout_ms is over: cut ", connections, " connections");
  exit_code_ = 1;
}

MetricsInput Server::Measure() const {
  MetricsInput input = counters_;
  input.live_sessions = LiveSessions();
  for (const auto& worker : workers_) {
    if (worker == nullptr) continue;
    input.workers.push_back(&worker->stats());
    input.request_workers.push_back(&worker->request_stats());
    input.held_bytes += worker->held_bytes();
    input.inspection_errors += worker->inspection_stats().errors.load(std::memory_order_relaxed);
    input.longest_policy_pause =
        std::max(input.longest_policy_pause, worker->longest_policy_pause());
  }
  if (flow_log_ != nullptr) input.flow_log = flow_log_->stats();
  input.baselines = loaded_.baselines.Stats();
  if (!config_.packs.paths.empty()) {
    input.packs = pack_stats_;
    input.packs->rules = RulesOf(*loaded_.packs);
  }
  if (loaded_.quarantine.has_value()) input.quarantine = loaded_.quarantine->Stats();
  if (quarantine_channel_ != nullptr) {
    input.quarantine->connected = quarantine_channel_->connected();
    input.quarantine->rejections += quarantine_channel_->refusals();
  }
  input.svid_not_after = loaded_.identity->svid.not_after();
  return input;
}

size_t Server::LiveSessions() const {
  size_t live = 0;
  for (const auto& worker : workers_) {
    if (worker != nullptr) live += worker->live_sessions();
  }
  return live;
}

}  // namespace firebreak::proxy
