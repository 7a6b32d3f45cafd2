#include "proxy/main/worker.h"

#include <utility>

#include "base/log.h"

namespace firebreak::proxy {
namespace {

// How often a worker tells others how many sessions it has, and looks at the clock for rules that
// have lapsed.
constexpr std::chrono::milliseconds kWatchInterval{100};

}  // namespace

Worker::Worker(WorkerOptions options)
    : options_(std::move(options)), path_(options_), watch_(path_.loop, [this] { Watch(); }) {}

Worker::~Worker() {
  if (thread_.joinable()) {
    path_.loop.Stop();
    thread_.join();
  }
  listeners_.clear();
}

void Worker::AddListener(size_t index, Socket socket) {
  const config::ListenerConfig& config = options_.config.listeners[index];
  const ListenerInfo& info = listener_infos_.emplace_back(
      ListenerInfo{.index = index,
                   .direction = config.direction,
                   .mtls = config.mtls,
                   .protocol = config.protocol,
                   .original_destination = !config.upstream.has_value(),
                   .routes = options_.routes});
  listeners_.push_back(std::make_unique<Listener>(
      path_.loop, std::move(socket), [this, &info](Socket accepted, const SocketAddress& peer) {
        Accept(info, std::move(accepted), peer);
      }));
}

void Worker::Start() {
  watch_.Set(kWatchInterval);
  thread_ = std::thread([this] { path_.loop.Run(); });
}

void Worker::Accept(const ListenerInfo& listener, Socket socket, const SocketAddress& peer) {
  path_.sessions.Add(std::make_unique<Session>(path_.services, listener, std::move(socket), peer));
}

void Worker::SetPolicy(std::shared_ptr<const policy::PolicySet> policy) {
  path_.loop.Post([this, policy = std::move(policy)] {
    const MonoTime begun = options_.clock.MonoNow();
    path_.authorizer.SetPolicy(policy);
    validity_span_ = policy->StableAround(options_.clock.WallNow());
    path_.sessions.RecheckAll();
    const std::chrono::nanoseconds pause = options_.clock.MonoNow() - begun;
    if (pause > longest_policy_pause()) {
      longest_policy_pause_.store(pause.count(), std::memory_order_relaxed);
    }
  });
}

void Worker::SetQuarantine(std::shared_ptr<const quarantine::Quarantine> quarantine) {
  path_.loop.Post([this, quarantine = std::move(quarantine)] {
    path_.authorizer.SetQuarantine(quarantine);
    path_.sessions.RecheckAll();
  });
}

void Worker::SetIdentity(std::shared_ptr<const certs::IdentityMaterial> identity) {
  path_.loop.Post([this, identity = std::move(identity)] {
    if (const absl::Status status = path_.tls.SetIdentity(*identity); !status.ok()) {
      FB_LOG(kError, "new SVID refused, the last good one stays: ", status.message());
    } else {
      path_.self.id = std::make_shared<const certs::SpiffeId>(identity->svid.id());
      path_.self.principal = std::make_shared<const std::string>(identity->svid.id().principal());
      path_.pool.OnNewIdentity();
    }
    path_.pool.RecheckTrust();
    path_.sessions.RecheckAll();
  });
}

void Worker::PutInForce(size_t listener, std::shared_ptr<const inspect::Baseline> baseline) {
  path_.loop.Post([this, listener, baseline = std::move(baseline)] {
    path_.live.baselines.at(listener).PutInForce(baseline);
  });
}

void Worker::SetPacks(std::shared_ptr<const inspect::RulePacks> packs) {
  path_.loop.Post([this, packs = std::move(packs)] { path_.live.packs = packs; });
}

void Worker::StopAccepting(std::function<void()> when_idle) {
  path_.loop.Post([this, when_idle = std::move(when_idle)] {
    listeners_.clear();
    path_.sessions.BeginDrainAll();
    when_idle_ = when_idle;
    Watch();
  });
}

void Worker::DrainNow(std::function<void(size_t cut)> done) {
  path_.loop.Post([this, done = std::move(done)] {
    done(path_.sessions.size());
    path_.sessions.DrainAll();
    Watch();
  });
}

// RecheckWhatLapsed asks about live sessions when the validity of a rule has begun or ended. By
// comparing wall time with what it was when they were last asked, a clock that is set is seen too.
void Worker::RecheckWhatLapsed() {
  const absl::Time now = options_.clock.WallNow();
  if (validity_span_.Contains(now)) return;
  validity_span_ = path_.authorizer.policy()->StableAround(now);
  path_.sessions.RecheckAll();
}

void Worker::Watch() {
  RecheckWhatLapsed();
  live_sessions_.store(path_.sessions.size(), std::memory_order_relaxed);
  held_bytes_.store(path_.memory.held(), std::memory_order_relaxed);
  if (when_idle_ != nullptr && path_.sessions.size() == 0) {
    // Their records are written when they are destroyed, which must come before anybody hears.
    path_.loop.Post([when_idle = std::exchange(when_idle_, nullptr)] { when_idle(); });
  }
  watch_.Set(kWatchInterval);
}

}  // namespace firebreak::proxy
