// Intruders in the traffic of traffic.h.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_ATTACKS_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_ATTACKS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "bench/eval_detection/random.h"
#include "bench/eval_detection/traffic.h"

namespace firebreak::bench {

enum class Goal {
  kExplore,  // one pod after another
  kSpread,   // from each pod to all in reach
  kTarget,   // the shortest way to one store
  kScan,     // addresses and ports
  kProbe,    // routes and services that policy denies
  kStolenSvid,
  kBeacon,
  kExfiltrate,  // slowly
  kHoney,
};

struct AttackKind {
  Goal goal = Goal::kExplore;
  bool seen_only = false;    // calls only what the service has called before
  bool active_only = false;  // and only while the pod is calling it
  std::string name{};
  int minutes = 75;
};

// AttackKinds lists the 12 classes of movement and the six others.
std::vector<AttackKind> AttackKinds();

// Attack is one intruder, who starts at one pod. Every call that he makes is counted as his; what
// services do because of it is not.
class Attack {
 public:
  Attack(const AttackKind& kind, uint64_t seed, const Traffic& traffic);

  // Minute makes the intruder's calls of the coming minute. Call it before Traffic::Minute.
  void Minute(Traffic& traffic);

  // HopOf is the number of the move that a flow belongs to, from 1; nothing: not his.
  std::optional<int> HopOf(uint64_t flow_id) const;
  int hops() const { return hops_; }
  // way tells the moves, for people.
  const std::string& way() const { return way_; }

 private:
  void Step(Traffic& traffic);
  void Move(Traffic& traffic, Target target);
  void Scan(Traffic& traffic);
  void Probe(Traffic& traffic);
  void UseStolenSvid(Traffic& traffic);
  void Outside(Traffic& traffic);
  std::optional<Target> Choose(const Traffic& traffic);
  std::vector<Target> SeenChoices(const Traffic& traffic) const;
  std::vector<Target> AnyChoices(const Traffic& traffic);
  std::optional<Target> Anything(const Traffic& traffic);
  bool Allowed(const Traffic& traffic, Target target) const;
  uint64_t NewFlow(Traffic& traffic);
  bool Seen(const Traffic& traffic, Target target) const;

  AttackKind kind_;
  Random random_;
  std::vector<size_t> owned_;  // pods, in the order of their fall
  size_t at_ = 0;              // of owned_
  int64_t next_us_ = 0;
  int hops_ = 0;
  bool done_ = false;
  int waited_ = 0;
  int from_here_ = 0;
  std::string outside_;
  std::string way_;
  absl::flat_hash_map<uint64_t, int> flows_;
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_ATTACKS_H_
