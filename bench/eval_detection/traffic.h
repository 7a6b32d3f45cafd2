// A mesh that does not exist, and its flow records: services that call each other for a reason,
// day and night, roll-outs, autoscaling, drained nodes, timers, slow hours and new services.
//
// What comes out is flow records as sidecars write them, and nothing else. Who was attacked when
// stays with who injected it.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_TRAFFIC_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_TRAFFIC_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/eval_detection/random.h"
#include "flows/flow.h"

namespace firebreak::bench {

inline constexpr int64_t kSecond = 1'000'000;  // microseconds
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kHour = 60 * kMinute;
inline constexpr int64_t kDay = 24 * kHour;
// A Monday, 00:00 UTC.
inline constexpr int64_t kEpoch = int64_t{1'767'571'200} * kSecond;

// Target is a route of a service.
struct Target {
  size_t service = 0;
  size_t route = 0;
};

// Dependency is a call that a route's handler makes.
struct Dependency {
  Target target{};
  double chance = 1;
  bool afterwards = false;  // once the answer is out
};

struct RouteModel {
  std::string method{};
  std::string path{};
  double work_us = 5'000;  // median of the handler's own time
  std::vector<Dependency> calls{};
};

// Timer is work that a service does of its own accord.
struct Timer {
  int64_t period_us = 0;
  double jitter = 0;  // share of the period
  Target target{};
  int burst = 1;
  int64_t next_us = 0;
};

struct Pod {
  size_t service = 0;
  std::string name{};
  std::string ip{};
  size_t node = 0;
};

struct Service {
  std::string name{};
  std::string principal{};
  std::vector<RouteModel> routes;
  std::vector<size_t> pods;  // indices, of those that live
  std::vector<Timer> timers;
  size_t replicas = 1;
  bool scales = false;
  bool database = false;         // speaks TCP
  bool reports_outbound = true;  // else only its callees' records tell of its calls
  uint64_t generation = 0;
  int64_t denied_until_us = 0;  // policy for the newest dependency is not there yet
  Target denied;
};

struct TrafficSettings {
  uint64_t seed = 1;
  double requests_per_second = 1.2;  // at the gateway, on average
  bool traces = false;               // applications pass traceparent on
  bool inflight = true;              // sidecars tell what was open when a call began
};

// CallOptions is how one call differs from an ordinary one.
struct CallOptions {
  int64_t at_us = 0;
  size_t from_pod = 0;
  Target target{};
  size_t to_pod = SIZE_MAX;  // any
  uint64_t trace = 0;
  bool run_handler = true;
  int64_t hold_us = 0;    // how long the callee keeps it open beyond its work
  std::string path{};     // instead of the route's
  std::string verdict{};  // with reason: instead of FORWARDED
  std::string reason{};
  uint16_t status = 200;
  double bytes_factor = 1;
  std::string source_ip{};  // the caller is elsewhere, with the pod's SVID; no record of its own
  uint64_t flow_id = 0;     // of both records; 0: the next
};

// Traffic is made a minute at a time. Copies go on independently.
class Traffic {
 public:
  using Sink = std::function<void(const flows::Flow&)>;

  explicit Traffic(const TrafficSettings& settings);

  // Minute makes the records that arrive in the next minute, in the order in which they do.
  void Minute(const Sink& sink);
  int64_t now_us() const { return now_us_; }

  const std::vector<Service>& services() const { return services_; }
  const std::vector<Pod>& pods() const { return pods_; }
  size_t gateway() const { return 0; }
  // seen lists the targets that pods of a service have called so far.
  const std::vector<Target>& seen(size_t service) const { return seen_[service]; }
  // LastCall is when a pod last called a service; 0: never.
  int64_t LastCall(size_t pod, size_t service) const;

  // Call makes one call, whoever is behind it. Returns when the caller has its answer, and the pod
  // that gave it.
  struct Answer {
    int64_t end_us = 0;
    size_t pod = 0;
  };
  Answer Call(const CallOptions& call);
  // Outside makes a connection from a pod to an address that is no sidecar's.
  void Outside(size_t pod, int64_t at_us, const std::string& ip, uint64_t sent, uint64_t received,
               uint64_t flow_id);
  uint64_t NextFlowId() { return ++flow_ids_; }

 private:
  // Line is a record before it is written out.
  struct Line {
    int64_t arrives_us = 0;
    int64_t end_us = 0;
    int64_t duration_us = 0;
    int64_t began_us = 0;  // without skew
    std::optional<uint64_t> inflight;
    size_t from_pod = 0;
    size_t to_pod = 0;
    Target target;
    bool outbound = false;
    uint64_t flow_id = 0;
    uint64_t trace = 0;
    uint64_t sent = 0;
    uint64_t received = 0;
    uint16_t status = 0;
    std::string path, verdict, reason, source_ip, outside_ip;
  };

  using Layers = std::vector<std::vector<size_t>>;  // services, the callers first
  void BuildServices();
  void AddCalls(size_t service, size_t layer, const Layers& layers);
  void AddGatewayRoutes(const std::vector<size_t>& edge);
  void AddRoutes(Service& service, size_t layer);
  void AddTimers();
  size_t AddService(const std::string& name, size_t replicas, bool database);
  size_t StartPod(size_t service);
  void Rollout(size_t service);
  void DrainNode(size_t node);
  void Scale();
  void NewService();
  void Operate();  // what people and controllers do within the minute
  void RunTimers(int64_t until_us);
  void RunCron(int64_t until_us);
  void RunProbes(int64_t until_us);
  double Load(int64_t at_us) const;

  int64_t Handle(size_t pod, Target target, int64_t at_us, uint64_t trace);
  void Report(const CallOptions& call, size_t to_pod, int64_t start_us, int64_t end_us,
              uint64_t flow_id);
  void Push(Line line);
  // Opened notes a request at a pod; CountOpen counts them for the calls that have begun by then.
  void Opened(size_t pod, int64_t start_us, int64_t end_us);
  void CountOpen(int64_t until_us);
  void Write(const Line& line, flows::Flow& flow) const;
  int64_t Skew(size_t pod) const;

  TrafficSettings settings_;
  Random random_;
  int64_t now_us_ = kEpoch;
  std::vector<Service> services_;
  std::vector<std::vector<Target>> seen_;
  std::vector<Pod> pods_;
  std::vector<int64_t> skew_;  // of nodes
  std::map<std::pair<size_t, size_t>, int64_t> last_call_;
  std::vector<Line> pending_;                                        // a heap by arrival
  std::map<size_t, std::vector<std::pair<int64_t, int64_t>>> open_;  // requests of each pod
  size_t slow_service_ = SIZE_MAX;
  int64_t slow_until_us_ = 0;
  size_t cron_ = 0;
  size_t weekly_ = 0;
  size_t monitor_ = 0;
  uint64_t flow_ids_ = 0;
  uint64_t addresses_ = 0;
  int depth_ = 0;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_TRAFFIC_H_
