// OneWorker is a worker of a sidecar without its thread and its listening socket: for tests of
// sessions and exchanges on the very data path that they have when they run.
#ifndef FIREBREAK_TESTS_SUPPORT_ONE_WORKER_H_
#define FIREBREAK_TESTS_SUPPORT_ONE_WORKER_H_

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/simulated_clock.h"
#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "flows/ring.h"
#include "flows/testing.h"
#include "gtest/gtest.h"
#include "policy/loader.h"
#include "proxy/event/timer.h"
#include "proxy/main/data_path.h"
#include "proxy/net/listener.h"
#include "proxy/tcp/session.h"
#include "tests/support/socket_pair.h"
#include "tests/support/socket_peer.h"

namespace firebreak::tests {

// PolicyOf is a policy with these rules, for what comes in.
inline std::string PolicyOf(absl::string_view rules) {
  return absl::StrCat(
      "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
      "metadata: {name: test, namespace: shop}\n"
      "spec: {direction: INBOUND, action: ALLOW, rules: [",
      rules, "]}\n");
}

struct OneWorkerOptions {
  std::string policy = PolicyOf("{}");  // everything
  config::ListenerProtocol protocol = config::ListenerProtocol::kAuto;
  Limits limits;
  int buffer_bytes = 0;  // of the client's socket; zero keeps the system's
  int periodic_seconds = 0;
  std::shared_ptr<const filters::InspectionPlan> inspection = nullptr;
};

// Sessions come in over one inbound listener in clear text, and lead to a server of the test's.
// All of it is on one loop, which runs only while the test waits, and real; but time stands still
// until the test moves it.
class OneWorker {
 public:
  explicit OneWorker(OneWorkerOptions options = {})
      : options_(std::move(options)),
        config_(ConfigOf(options_, proxy::LocalAddress(workload_.fd()))) {
    SetPolicy(options_.policy);
    listener_.emplace(path_.loop, std::move(workload_),
                      [this](proxy::Socket socket, const SocketAddress& /*peer*/) {
                        servers_.emplace_back(path_.loop, std::move(socket));
                      });
  }
  OneWorker(const OneWorker&) = delete;
  OneWorker& operator=(const OneWorker&) = delete;

  // Connect makes a client, whose connection a session has.
  SocketPeer& Connect() {
    SocketPair pair = MakeSocketPair(options_.buffer_bytes);
    const SocketAddress from = proxy::LocalAddress(pair.near.fd());
    clients_.emplace_back(path_.loop, std::move(pair.near));
    path_.sessions.Add(
        std::make_unique<proxy::Session>(path_.services, info_, std::move(pair.far), from));
    return clients_.back();
  }
  // The connections that the sidecar has opened to the workload, in their order. Server waits.
  const std::deque<SocketPeer>& servers() const { return servers_; }
  SocketPeer& Server(size_t index) {
    RunUntil([&] { return servers_.size() > index; });
    return servers_[index];
  }
  // From now on nobody listens where the workload was.
  void StopServing() { listener_.reset(); }

  void SetPolicy(const std::string& text) {
    config::Diagnostics diagnostics;
    auto policy = policy::LoadPolicyText(
        "policy.yaml", text, {.workload_namespace = "shop", .labels = {}}, &diagnostics);
    EXPECT_NE(policy, nullptr) << diagnostics.Format(/*color=*/false);
    path_.authorizer.SetPolicy(std::move(policy));
    path_.sessions.RecheckAll();
  }

  // Advance moves time, and does what is due by then.
  void Advance(int64_t milliseconds) {
    clock_.Advance(absl::Milliseconds(milliseconds));
    path_.loop.Wake();
    for (proxy::TimeoutQueue* queue :
         {&path_.timeouts.detect, &path_.timeouts.sniff, &path_.timeouts.connect,
          &path_.timeouts.idle, &path_.timeouts.half_close, &path_.timeouts.linger,
          &path_.header_timeouts, &path_.stream_timeouts, &path_.head_waits}) {
      queue->ExpireUntil(path_.loop.Now());
    }
    path_.reports.RunTurn(path_.loop.Now());
  }

  // RunUntil runs the loop until done() says so, which has to be soon.
  void RunUntil(const std::function<bool()>& done) {
    bool late = false;
    proxy::Timer watchdog(path_.loop, [&late] { late = true; });
    watchdog.Set(std::chrono::seconds(20));
    while (!done() && !late) path_.loop.RunOnce();
    EXPECT_TRUE(done()) << "what the test waits for does not come";
  }
  void RunUntilReceived(const SocketPeer& peer, absl::string_view text) {
    RunUntil([&] { return absl::StrContains(peer.received(), text); });
  }
  // Settle runs the loop for as long as there is anything to do at once.
  void Settle() {
    for (int turn = 0; turn < 50; ++turn) {
      path_.loop.Post([] {});
      path_.loop.RunOnce();
    }
  }

  // Records are those of the flow log so far. A session's comes when it has been destroyed.
  const std::vector<flows::Record>& Records() {
    flows::Record record;
    uint64_t dropped = 0;
    while (Pop(ring_, &record, &dropped)) records_.push_back(std::move(record));
    EXPECT_EQ(dropped, 0u);
    return records_;
  }
  // EndingsOf says how each ended: "FORWARDED", or "DROPPED NO_RULE DENIED".
  std::vector<std::string> EndingsOf(flows::Event event) {
    std::vector<std::string> endings;
    for (const flows::Record& record : Records()) {
      if (record.event != event) continue;
      std::string ending(VerdictName(record.verdict));
      for (const absl::string_view name :
           {ReasonName(record.reason), CloseReasonName(record.close_reason)}) {
        if (!name.empty()) absl::StrAppend(&ending, " ", name);
      }
      endings.push_back(std::move(ending));
    }
    return endings;
  }
  std::vector<std::string> RunUntilClosed(size_t count = 1) {
    RunUntil([&] { return EndingsOf(flows::Event::kClose).size() >= count; });
    Settle();
    return EndingsOf(flows::Event::kClose);
  }

  // OpenInbound is what a call that the workload made now would be noted with.
  int OpenInbound() const {
    flows::Record call;
    path_.open_requests->Note(call);
    return static_cast<int>(call.inflight_inbound);
  }

  proxy::SessionList& sessions() { return path_.sessions; }

 private:
  static config::ProxyConfig ConfigOf(const OneWorkerOptions& options,
                                      const SocketAddress& workload) {
    config::ProxyConfig config;
    config.limits = options.limits;
    config.flow_log.periodic_seconds = options.periodic_seconds;
    config.listeners.push_back({.name = "in",
                                .direction = Direction::kInbound,
                                .address = *SocketAddress::Parse("127.0.0.1:1"),
                                .mtls = config::MtlsMode::kDisable,
                                .upstream = workload,
                                .protocol = options.protocol,
                                .expect_identities = {},
                                .inspection = {}});
    return config;
  }

  const OneWorkerOptions options_;
  proxy::Socket workload_ = *proxy::Listen(*SocketAddress::Parse("127.0.0.1:0"));
  const config::ProxyConfig config_;
  SimulatedClock clock_;
  flows::Ring ring_;
  const proxy::WorkerOptions worker_options_{.config = config_,
                                             .routes = nullptr,
                                             .ring = &ring_,
                                             .max_connections = config_.limits.max_connections,
                                             .max_handshakes = config_.limits.max_handshakes,
                                             .max_held_bytes = config_.limits.max_held_bytes,
                                             .inspection = options_.inspection,
                                             .clock = clock_};
  const proxy::ListenerInfo info_{.index = 0,
                                  .direction = Direction::kInbound,
                                  .mtls = config::MtlsMode::kDisable,
                                  .protocol = options_.protocol,
                                  .original_destination = false,
                                  .routes = *proxy::Routes::Make(config_)};
  proxy::DataPath path_{worker_options_};
  std::optional<proxy::Listener> listener_;
  std::deque<SocketPeer> servers_;
  std::deque<SocketPeer> clients_;
  std::vector<flows::Record> records_;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_ONE_WORKER_H_
