// Server is the composition root: it makes everything from the configuration, in order, and keeps
// it up to date until it is told to stop.
#ifndef FIREBREAK_PROXY_MAIN_SERVER_H_
#define FIREBREAK_PROXY_MAIN_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"

#include "base/clock.h"
#include "collector/sink/identity_slot.h"
#include "collector/sink/quarantine_channel.h"
#include "config/proxy_config.h"
#include "flows/flow_log.h"
#include "policy/policy_set.h"
#include "proxy/admin/http_responder.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/file_watch.h"
#include "proxy/event/signal_watcher.h"
#include "proxy/event/timer.h"
#include "proxy/exchange/open_requests.h"
#include "proxy/main/background_reader.h"
#include "proxy/main/head_signer.h"
#include "proxy/main/load_files.h"
#include "proxy/main/metrics.h"
#include "proxy/main/worker.h"
#include "proxy/upstream/routes.h"

namespace firebreak::proxy {

class Server {
 public:
  // config_watch was begun before the configuration was read.
  Server(config::ProxyConfig config, FileWatch config_watch, Loaded loaded, int concurrency,
         const Clock& clock = Clock::Real());
  ~Server();

  // Listen opens the flow log and every socket, before any thread starts: an error names the
  // address or file, and nothing has been served.
  absl::Status Listen();

  // Run serves until SIGTERM or SIGINT, then drains: no new connections, live ones may finish
  // within drain_timeout_ms. Returns the exit code: 0, or 1 when some had to be cut.
  int Run();

 private:
  absl::Status ListenWorkers();
  absl::Status ListenAdmin();
  void Respond(Socket socket);
  void Poll();
  void Reload();
  void ReloadIdentity();
  void ReloadPolicy();
  void OnPolicy(std::shared_ptr<const policy::PolicySet> policy);
  void SetQuarantine();
  absl::Status PrepareQuarantineChannel();
  void OnQuarantineList(const std::string& text);
  void Learn();
  void ReloadPacks();
  void OnPacks(std::shared_ptr<const inspect::RulePacks> packs);
  void SetPacksOf(Worker& worker) const;
  void BuryPolicies();
  void TrimMemory();
  void Drain();
  void OnCut(size_t connections);
  MetricsInput Measure() const;
  size_t LiveSessions() const;

  const config::ProxyConfig config_;
  const Clock& clock_;
  Loaded loaded_;
  std::vector<std::shared_ptr<const policy::PolicySet>> retired_policies_;
  EventLoop loop_;
  std::shared_ptr<const Routes> routes_;
  std::unique_ptr<HeadSigner> head_signer_;  // null without a flow log
  collector::IdentitySlot identity_slot_;    // for sinks that connect
  const std::shared_ptr<OpenRequests> open_requests_ = std::make_shared<OpenRequests>();
  std::unique_ptr<flows::FlowLog> flow_log_;
  std::unique_ptr<collector::QuarantineChannel> quarantine_channel_;  // null: not from a collector
  std::vector<std::unique_ptr<Worker>> workers_;
  // One an address, so that whoever holds the connections of one cannot starve another.
  std::vector<std::unique_ptr<HttpResponder>> responders_;
  BackgroundReader<policy::PolicySet> policy_reader_;
  BackgroundReader<inspect::RulePacks> packs_reader_;
  FileWatch config_watch_;
  Timer poll_;
  Timer learn_;
  Timer drain_deadline_;
  std::vector<std::unique_ptr<SignalWatcher>> signals_;
  PackStats pack_stats_;
  MetricsInput counters_;  // only the reload counters are kept here
  size_t peak_sessions_ = 0;
  size_t workers_draining_ = 0;
  bool draining_ = false;
  int exit_code_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_SERVER_H_
