// Worker is one thread of the data plane, with its own loop, listeners, sessions and counters.
#ifndef FIREBREAK_PROXY_MAIN_WORKER_H_
#define FIREBREAK_PROXY_MAIN_WORKER_H_

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "certs/file_source.h"
#include "filters/stats/stats_filter.h"
#include "filters/stats/stats_http_filter.h"
#include "policy/policy_set.h"
#include "proxy/event/timer.h"
#include "proxy/main/data_path.h"
#include "proxy/net/listener.h"
#include "proxy/net/socket.h"
#include "proxy/tcp/session.h"
#include "quarantine/quarantine.h"

namespace firebreak::proxy {

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
  void SetQuarantine(std::shared_ptr<const quarantine::Quarantine> quarantine);
  void SetIdentity(std::shared_ptr<const certs::IdentityMaterial> identity);
  // PutInForce: from now on this listener's requests are judged by the baseline.
  void PutInForce(size_t listener, std::shared_ptr<const inspect::Baseline> baseline);
  // SetPacks: requests that begin from now on are inspected by these.
  void SetPacks(std::shared_ptr<const inspect::RulePacks> packs);
  // StopAccepting closes the listeners and calls when_idle, on the worker's thread, once the last
  // session has ended. DrainNow ends what still lives, and tells how many on that same thread.
  void StopAccepting(std::function<void()> when_idle);
  void DrainNow(std::function<void(size_t cut)> done);

  const filters::ConnectionStats& stats() const { return path_.stats; }
  const filters::RequestStats& request_stats() const { return path_.request_stats; }
  const filters::InspectionStats& inspection_stats() const { return path_.inspection_stats; }
  size_t live_sessions() const { return live_sessions_.load(std::memory_order_relaxed); }
  // What counts against max_held_bytes, as of a moment ago.
  size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  // The longest that this worker did nothing else because of a new policy: taking it in, and asking
  // about the first of its sessions again. Further ones are asked about between other events.
  std::chrono::nanoseconds longest_policy_pause() const {
    return std::chrono::nanoseconds(longest_policy_pause_.load(std::memory_order_relaxed));
  }

 private:
  void Accept(const ListenerInfo& listener, Socket socket, const SocketAddress& peer);
  void Watch();
  void RecheckWhatLapsed();

  const WorkerOptions options_;
  std::deque<ListenerInfo> listener_infos_;  // sessions keep references
  DataPath path_;
  policy::TimeSpan validity_span_;  // see RecheckWhatLapsed
  std::vector<std::unique_ptr<Listener>> listeners_;
  Timer watch_;
  std::function<void()> when_idle_;
  std::atomic<size_t> live_sessions_{0};
  std::atomic<size_t> held_bytes_{0};
  std::atomic<int64_t> longest_policy_pause_{0};  // ns
  std::thread thread_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_WORKER_H_
