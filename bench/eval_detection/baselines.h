// What others do, to be beaten in the same run. Each is written here from its published
// description, learns on the same days, and sees the same calls as the detector: read, freed of
// duplicates, and counted once where two sidecars report one.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_BASELINES_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_BASELINES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include "detect/call.h"
#include "detect/call_reader.h"
#include "detect/names.h"
#include "flows/flow.h"

namespace firebreak::bench {

enum class Method { kNewEdge, kFanOut, kRita, kHopper };
inline constexpr size_t kMethods = 4;
std::string MethodName(Method method);

// Alert is what a method says of one call. Higher scores are worse.
struct Alert {
  Method method = Method::kNewEdge;
  int64_t time_us = 0;
  uint32_t source = 0;
  uint64_t flow_id = 0;
  double score = 0;
};

// Baselines runs all of them. Copies go on independently.
class Baselines {
 public:
  explicit Baselines(int64_t learn_until_us) : learn_until_us_(learn_until_us) {}

  void Add(const flows::Flow& flow);
  const std::vector<Alert>& alerts() const { return alerts_; }
  void ClearAlerts() { alerts_.clear(); }

 private:
  using Pair = std::pair<uint32_t, uint32_t>;

  // FanOut counts the destinations of a pod in ten minutes.
  struct FanOut {
    std::deque<std::pair<int64_t, uint32_t>> last;
    absl::flat_hash_map<uint32_t, int> distinct;
  };
  struct Talk {  // of a pair, for RITA
    std::deque<int64_t> times;
    std::deque<double> sizes;
    uint64_t since_scored = 0;
  };
  struct Inflow {  // into a pod, for Hopper
    int64_t start_us = 0;
    int64_t end_us = 0;
    uint32_t root = 0;
    int depth = 0;
  };

  void AddNewEdge(const detect::Call& call);
  void AddFanOut(const detect::Call& call);
  void AddRita(const detect::Call& call);
  void AddHopper(const detect::Call& call);
  void Say(Method method, const detect::Call& call, double score);

  int64_t learn_until_us_;
  bool learning_ = true;
  detect::Names names_;
  detect::CallReader reader_;
  std::vector<Alert> alerts_;
  absl::flat_hash_set<Pair> edges_;
  absl::flat_hash_map<uint32_t, FanOut> fan_outs_;
  absl::flat_hash_map<uint32_t, double> most_distinct_;  // of identities, while learning
  absl::flat_hash_map<Pair, Talk> talks_;
  absl::flat_hash_map<uint32_t, std::array<Inflow, 16>> inflows_;
  absl::flat_hash_set<Pair> reached_;  // by causal root
  absl::flat_hash_map<uint32_t, uint32_t> popularity_;
};

// RitaScore is RITA's beacon score of one pair: the times of its connections in order, and the
// bytes of each; whole_us is how long the data set is.
double RitaScore(const std::deque<int64_t>& times, const std::deque<double>& sizes,
                 int64_t whole_us);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_BASELINES_H_
