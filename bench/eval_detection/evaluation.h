// One run of the evaluation: weeks of traffic, and attacks each into a copy of its own of some hour
// of it, so that no attack helps or hides another.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_EVALUATION_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_EVALUATION_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/eval_detection/attacks.h"
#include "bench/eval_detection/baselines.h"
#include "bench/eval_detection/traffic.h"
#include "detect/detector.h"

namespace firebreak::bench {

struct EvaluationSettings {
  TrafficSettings traffic;
  int learn_days = 2;
  int days = 14;
  int attacks_of_a_kind = 20;
  bool surplus = false;  // signals that are off by default
  bool off_hours = false;
  bool explain = false;  // print false incidents and missed attacks
};

// AttackResult is how suspicious an attack came to look, to each method.
struct AttackResult {
  size_t kind = 0;
  int hops = 0;
  // The evidence that the attacker's own calls had gathered by each of them, and the move it was
  // part of; in the order of time.
  std::vector<std::pair<double, int>> evidence{};
  std::array<double, kMethods> scores{};
};

struct Evaluation {
  std::vector<AttackKind> kinds;
  std::vector<AttackResult> attacks;
  double weeks = 0;                    // watched without an attack
  std::vector<double> false_evidence;  // of each incident in them
  std::vector<Alert> false_alerts;     // of the other methods
  uint32_t meshes = 0;                 // that were added
  uint64_t calls = 0;
  uint64_t records = 0;
  double detector_seconds = 0;  // of processor time, all of it

  // Add takes in another run, over another mesh.
  void Add(Evaluation more);

  // FalseIncidents a week of the detector at a threshold; of methods: alerts of one caller within
  // an hour are one incident.
  double FalseIncidents(double threshold) const;
  double FalseIncidents(Method method, double threshold) const;
  double FalseIncidents(double new_edge, double fan_out) const;
  double Detected(double threshold) const;
  double Detected(Method method, double threshold) const;
  double Detected(double new_edge, double fan_out) const;
};

Evaluation Evaluate(const EvaluationSettings& settings);

// EvaluationLabels is what a user of this mesh would declare.
detect::Labels EvaluationLabels();

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_EVALUATION_H_
