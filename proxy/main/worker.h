// Worker is one thread of the data plane, with its own loop, listeners, sessions and counters.
#ifndef FIREBREAK_PROXY_MAIN_WORKER_H_
#define FIREBREAK_PROXY_MAIN_WORKER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "certs/file_source.h"
#include "config/proxy_config.h"
#include "filters/stats/stats_filter.h"
#include "filters/stats/stats_http_filter.h"
#include "flows/ring.h"
#include "policy/authorizer.h"
#include "policy/policy_set.h"
#include "proxy/event/event_loop.h"
#include "proxy/exchange/exchange_services.h"
#include "proxy/http/agenda.h"
#include "proxy/http/http_filter_chain.h"
#include "proxy/main/builtin_filters.h"
#include "proxy/net/filter_chain.h"
#include "proxy/net/io.h"
#include "proxy/net/listener.h"
#include "proxy/net/socket.h"
#include "proxy/tcp/session.h"
#include "proxy/tcp/session_list.h"
#include "proxy/tcp/session_services.h"
#include "proxy/tls/tls_engine.h"
#include "proxy/upstream/http_pool.h"

namespace firebreak::proxy {

// WorkerOptions: what all workers share, and this one's share of it. Referents outlive the worker.
struct WorkerOptions {
  const config::ProxyConfig& config;
  std::shared_ptr<const Routes> routes;
  int workers = 1;  // how many there are, this one included
  flows::Ring* ring = nullptr;
  int64_t max_connections = 0;
  int64_t max_handshakes = 0;
  const Clock& clock = Clock::Real();
};

// Until SetPolicy and SetIdentity have been called, everything is denied. AddListener goes before
// Start; the rest may be called from the main thread at any time.
class Worker {
 public:
  explicit Worker(WorkerOptions options);
  // Ends the thread, and the sessions with it, as drained.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // AddListener takes a listening socket for listener number `index` of the configuration.
  void AddListener(size_t index, Socket socket);
  void Start();

  void SetPolicy(std::shared_ptr<const policy::PolicySet> policy);
  void SetIdentity(std::shared_ptr<const certs::IdentityMaterial> identity);
  // StopAccepting closes the listeners and calls when_idle, on the worker's thread, once the last
  // session has ended. DrainNow ends what still lives, and tells how many on that same thread.
  void StopAccepting(std::function<void()> when_idle);
  void DrainNow(std::function<void(size_t cut)> done);

  const filters::ConnectionStats& stats() const { return stats_; }
  const filters::RequestStats& request_stats() const { return request_stats_; }
  size_t live_sessions() const { return live_sessions_.load(std::memory_order_relaxed); }

 private:
  void Accept(const ListenerInfo& listener, Socket socket, const SocketAddress& peer);
  void Watch();
  void RecheckWhatLapsed();

  const WorkerOptions options_;
  EventLoop loop_;
  Scratch scratch_;
  filters::ConnectionStats stats_;
  filters::RequestStats request_stats_;
  policy::Authorizer authorizer_;
  policy::TimeSpan validity_span_;  // see RecheckWhatLapsed
  TlsEngine tls_;
  FilterEnvironment filters_;
  FilterChain chain_;
  HttpFilterChain http_chain_;
  Agenda agenda_;
  const CodecOptions codec_;
  HttpPool pool_;
  TimeoutQueue header_timeouts_;
  TimeoutQueue stream_timeouts_;
  ExchangeServices http_;
  SessionTimeouts timeouts_;
  SessionCounts counts_;
  FlowIds flow_ids_;
  Complaints complaints_;
  Self self_;
  SessionList sessions_;
  SessionServices services_;
  std::deque<ListenerInfo> listener_infos_;  // sessions keep references
  std::vector<std::unique_ptr<Listener>> listeners_;
  Timer watch_;
  std::function<void()> when_idle_;
  std::atomic<size_t> live_sessions_{0};
  std::thread thread_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_WORKER_H_
