#include "proxy/main/worker.h"

#include <utility>

#include "base/log.h"
#include "proxy/main/builtin_filters.h"
#include "proxy/main/process.h"

namespace firebreak::proxy {
namespace {

// How often a worker tells others how many sessions it has, and looks at the clock for rules that
// have lapsed.
constexpr std::chrono::milliseconds kWatchInterval{100};

CodecOptions CodecOptionsOf(const config::ProxyConfig& config) {
  const Limits& limits = config.limits;
  return {.paths = {.allow_escaped_slash = config.http.allow_escaped_slash,
                    .allow_parameters = config.http.allow_path_parameters,
                    .allow_non_ascii = config.http.allow_non_ascii_paths},
          .max_header_bytes = limits.max_header_bytes,
          .max_header_fields = limits.max_header_fields,
          .max_streams = limits.max_streams,
          .stream_window_bytes = limits.stream_window_bytes};
}

}  // namespace

Worker::Worker(WorkerOptions options)
    : options_(std::move(options)),
      loop_(options_.clock),
      authorizer_(nullptr, RandomSeed()),
      tls_(scratch_, options_.config.limits, options_.clock),
      filters_{.config = options_.config,
               .workers = options_.workers,
               .authorizer = authorizer_,
               .stats = stats_,
               .request_stats = request_stats_,
               .ring = options_.ring,
               .open_records =
                   options_.config.flow_file.has_value() && options_.config.flow_file->open_records,
               .clock = options_.clock},
      chain_(BuiltinFilters(filters_)),
      http_chain_(BuiltinHttpFilters(filters_)),
      agenda_(loop_),
      codec_(CodecOptionsOf(options_.config)),
      pool_({.loop = loop_,
             .scratch = scratch_,
             .tls = tls_,
             .agenda = agenda_,
             .limits = options_.config.limits,
             .codec = codec_}),
      header_timeouts_(loop_,
                       std::chrono::milliseconds(options_.config.limits.http_header_timeout_ms)),
      stream_timeouts_(loop_,
                       std::chrono::milliseconds(options_.config.limits.stream_idle_timeout_ms)),
      http_{.loop = loop_,
            .scratch = scratch_,
            .agenda = agenda_,
            .pool = pool_,
            .chain = http_chain_,
            .header_timeouts = header_timeouts_,
            .stream_timeouts = stream_timeouts_,
            .codec = codec_},
      timeouts_(loop_, options_.config.limits),
      flow_ids_(RandomSeed()),
      sessions_(loop_),
      services_{.loop = loop_,
                .scratch = scratch_,
                .tls = tls_,
                .chain = chain_,
                .http = http_,
                .timeouts = timeouts_,
                .counts = counts_,
                .sessions = sessions_,
                .flow_ids = flow_ids_,
                .complaints = complaints_,
                .self = self_,
                .limits = options_.config.limits},
      watch_(loop_, [this] { Watch(); }) {
  counts_.max_connections = options_.max_connections;
  counts_.max_handshakes = options_.max_handshakes;
}

Worker::~Worker() {
  if (thread_.joinable()) {
    loop_.Stop();
    thread_.join();
  }
  listeners_.clear();
  sessions_.DrainAll();
  pool_.Clear();
  loop_.Bury();
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
      loop_, std::move(socket), [this, &info](Socket accepted, const SocketAddress& peer) {
        Accept(info, std::move(accepted), peer);
      }));
}

void Worker::Start() {
  watch_.Set(kWatchInterval);
  thread_ = std::thread([this] { loop_.Run(); });
}

void Worker::Accept(const ListenerInfo& listener, Socket socket, const SocketAddress& peer) {
  sessions_.Add(std::make_unique<Session>(services_, listener, std::move(socket), peer));
}

void Worker::SetPolicy(std::shared_ptr<const policy::PolicySet> policy) {
  loop_.Post([this, policy = std::move(policy)] {
    authorizer_.SetPolicy(policy);
    validity_span_ = policy->StableAround(options_.clock.WallNow());
    sessions_.RecheckAll();
  });
}

void Worker::SetIdentity(std::shared_ptr<const certs::IdentityMaterial> identity) {
  loop_.Post([this, identity = std::move(identity)] {
    if (const absl::Status status = tls_.SetIdentity(*identity); !status.ok()) {
      FB_LOG(kError, "new SVID refused, the last good one stays: ", status.message());
    } else {
      self_.id = std::make_shared<const certs::SpiffeId>(identity->svid.id());
      self_.principal = std::make_shared<const std::string>(identity->svid.id().principal());
      pool_.OnNewIdentity();
    }
    pool_.RecheckTrust();
    sessions_.RecheckAll();
  });
}

void Worker::StopAccepting(std::function<void()> when_idle) {
  loop_.Post([this, when_idle = std::move(when_idle)] {
    listeners_.clear();
    sessions_.BeginDrainAll();
    when_idle_ = when_idle;
    Watch();
  });
}

void Worker::DrainNow(std::function<void(size_t cut)> done) {
  loop_.Post([this, done = std::move(done)] {
    done(sessions_.size());
    sessions_.DrainAll();
    Watch();
  });
}

// RecheckWhatLapsed asks about live sessions when the validity of a rule has begun or ended. By
// comparing wall time with what it was when they were last asked, a clock that is set is seen too.
void Worker::RecheckWhatLapsed() {
  const absl::Time now = options_.clock.WallNow();
  if (validity_span_.Contains(now)) return;
  validity_span_ = authorizer_.policy()->StableAround(now);
  sessions_.RecheckAll();
}

void Worker::Watch() {
  RecheckWhatLapsed();
  live_sessions_.store(sessions_.size(), std::memory_order_relaxed);
  if (when_idle_ != nullptr && sessions_.size() == 0) {
    // Their records are written when they are destroyed, which must come before anybody hears.
    loop_.Post([when_idle = std::exchange(when_idle_, nullptr)] { when_idle(); });
  }
  watch_.Set(kWatchInterval);
}

}  // namespace firebreak::proxy
