#include "bench/eval_detection/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "config/diagnostics.h"
#include "detect/explanation.h"

namespace firebreak::bench {
namespace {

// The detector is run with a low bar and without a budget, and the bar is raised afterwards: so one
// run gives the whole curve.
constexpr double kLowBar = 3;
constexpr int kTries = 20;  // for an intruder who finds a way

detect::Settings DetectorSettings(const EvaluationSettings& settings) {
  detect::Settings detector;
  detector.learn = absl::Hours(24 * settings.learn_days);
  detector.incidents.threshold = kLowBar;
  detector.surplus = settings.surplus;
  detector.off_hours = settings.off_hours;
  detector.incidents.daily_budget = 1'000'000;
  return detector;
}

// IncidentsOf counts alerts that matter, those of one caller within an hour as one.
double IncidentsOf(const std::vector<Alert>& alerts,
                   const std::function<bool(const Alert&)>& matters) {
  absl::flat_hash_map<uint32_t, int64_t> open;
  double incidents = 0;
  for (const Alert& alert : alerts) {
    if (!matters(alert)) continue;
    const auto [found, added] = open.try_emplace(alert.source, 0);
    if (added || alert.time_us - found->second > kHour) ++incidents;
    found->second = alert.time_us;
  }
  return incidents;
}

// World is everything that goes on from one moment.
struct World {
  Traffic traffic;
  detect::Detector detector;
  Baselines baselines;
};

int LeastMoves(const AttackKind& kind) {
  const bool moves =
      kind.goal == Goal::kExplore || kind.goal == Goal::kSpread || kind.goal == Goal::kTarget;
  return moves ? 2 : 1;
}

double Seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

AttackResult RunAttack(World world, size_t index, const AttackKind& kind, uint64_t seed,
                       bool explain) {
  Attack attack(kind, seed, world.traffic);
  const size_t before = world.detector.incidents().All().size();
  world.baselines.ClearAlerts();
  const auto sink = [&world](const flows::Flow& flow) {
    world.detector.Add(flow);
    world.baselines.Add(flow);
  };
  for (int minute = 0; minute < kind.minutes; ++minute) {
    attack.Minute(world.traffic);
    world.traffic.Minute(sink);
  }
  world.detector.Finish();
  AttackResult result{.kind = index, .hops = attack.hops()};
  std::vector<std::pair<int64_t, std::pair<double, int>>> seen;
  double best = 0;
  for (const detect::Incident* incident : world.detector.incidents().All()) {
    for (const detect::Step& step : incident->steps) {
      const auto hop = attack.HopOf(step.call.flow.low);
      if (hop.has_value()) seen.push_back({step.call.end_us, {step.evidence, *hop}});
      if (hop.has_value()) best = std::max(best, step.evidence);
    }
  }
  std::sort(seen.begin(), seen.end());
  for (const auto& [unused, entry] : seen) result.evidence.push_back(entry);
  for (const Alert& alert : world.baselines.alerts()) {
    if (!attack.HopOf(alert.flow_id).has_value()) continue;
    double& score = result.scores[static_cast<size_t>(alert.method)];
    score = std::max(score, alert.score);
  }
  if (explain && best < detect::Incidents::Settings().threshold) {
    std::printf("missed (%.1f, %zu incidents before): %s, seed %llu, %d hops\n", best, before,
                kind.name.c_str(), static_cast<unsigned long long>(seed), attack.hops());
    std::printf("  way: %s\n", attack.way().c_str());
  }
  return result;
}

}  // namespace

detect::Labels EvaluationLabels() {
  constexpr char kLabels[] =
      "identities:\n"
      "- {principal: shop.example/ns/shop/sa/gateway, labels: [internet_facing]}\n"
      "- {principal: shop.example/ns/shop/sa/store-0, labels: [crown_jewel]}\n"
      "- {principal: shop.example/ns/shop/sa/vault-backup, labels: [honey]}\n";
  config::Diagnostics diagnostics;
  return *detect::Labels::Parse("labels.yaml", kLabels, &diagnostics);
}

void Evaluation::Add(Evaluation more) {
  constexpr uint32_t kMeshes = 1 << 20;  // apart: callers of two meshes are never the same
  ++meshes;
  for (Alert& alert : more.false_alerts) alert.source += meshes * kMeshes;
  kinds = std::move(more.kinds);
  attacks.insert(attacks.end(), more.attacks.begin(), more.attacks.end());
  false_evidence.insert(false_evidence.end(), more.false_evidence.begin(),
                        more.false_evidence.end());
  false_alerts.insert(false_alerts.end(), more.false_alerts.begin(), more.false_alerts.end());
  weeks += more.weeks;
  calls += more.calls;
  records += more.records;
  detector_seconds += more.detector_seconds;
}

double Evaluation::FalseIncidents(double threshold) const {
  const auto count = std::count_if(false_evidence.begin(), false_evidence.end(),
                                   [threshold](double evidence) { return evidence >= threshold; });
  return static_cast<double>(count) / weeks;
}

double Evaluation::FalseIncidents(Method method, double threshold) const {
  return IncidentsOf(false_alerts,
                     [=](const Alert& alert) {
                       return alert.method == method && alert.score >= threshold;
                     }) /
         weeks;
}

double Evaluation::FalseIncidents(double new_edge, double fan_out) const {
  return IncidentsOf(false_alerts,
                     [=](const Alert& alert) {
                       return (alert.method == Method::kNewEdge && alert.score >= new_edge) ||
                              (alert.method == Method::kFanOut && alert.score >= fan_out);
                     }) /
         weeks;
}

double Evaluation::Detected(double threshold) const {
  const auto count = std::count_if(attacks.begin(), attacks.end(), [=](const AttackResult& attack) {
    return std::any_of(attack.evidence.begin(), attack.evidence.end(),
                       [=](const auto& entry) { return entry.first >= threshold; });
  });
  return static_cast<double>(count) / static_cast<double>(attacks.size());
}

double Evaluation::Detected(Method method, double threshold) const {
  const auto count = std::count_if(attacks.begin(), attacks.end(), [=](const AttackResult& attack) {
    return attack.scores[static_cast<size_t>(method)] >= threshold;
  });
  return static_cast<double>(count) / static_cast<double>(attacks.size());
}

double Evaluation::Detected(double new_edge, double fan_out) const {
  const auto count = std::count_if(attacks.begin(), attacks.end(), [=](const AttackResult& attack) {
    return attack.scores[static_cast<size_t>(Method::kNewEdge)] >= new_edge ||
           attack.scores[static_cast<size_t>(Method::kFanOut)] >= fan_out;
  });
  return static_cast<double>(count) / static_cast<double>(attacks.size());
}

Evaluation Evaluate(const EvaluationSettings& settings) {
  Evaluation evaluation;
  evaluation.kinds = AttackKinds();
  const int64_t learn_until = kEpoch + settings.learn_days * kDay;
  World world{Traffic(settings.traffic),
              detect::Detector(DetectorSettings(settings), EvaluationLabels()),
              Baselines(learn_until)};
  const auto sink = [&](const flows::Flow& flow) {
    ++evaluation.records;
    world.baselines.Add(flow);
    world.detector.Add(flow);
  };
  // Attacks begin all through the days that are watched, at any hour.
  const size_t total = evaluation.kinds.size() * static_cast<size_t>(settings.attacks_of_a_kind);
  const int64_t end = kEpoch + settings.days * kDay;
  Random random(settings.traffic.seed ^ 0xa77ac);
  std::vector<int64_t> starts;
  for (size_t i = 0; i < total; ++i) {
    const auto minutes = static_cast<size_t>((end - learn_until) / kMinute);
    starts.push_back(learn_until + static_cast<int64_t>(random.Below(minutes)) * kMinute);
  }
  std::sort(starts.begin(), starts.end());
  std::vector<size_t> order(total);
  for (size_t i = 0; i < total; ++i) order[i] = i % evaluation.kinds.size();
  for (size_t i = total; i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  size_t next = 0;
  const double began = Seconds();
  while (world.traffic.now_us() < end) {
    while (next < total && starts[next] <= world.traffic.now_us()) {
      const size_t kind = order[next];
      AttackResult result;
      // An intruder who found no way on has moved nowhere: another one takes his place.
      for (int tries = 0; tries < kTries && result.hops < LeastMoves(evaluation.kinds[kind]);
           ++tries) {
        result = RunAttack(world, kind, evaluation.kinds[kind], random.Next(), settings.explain);
      }
      evaluation.attacks.push_back(std::move(result));
      ++next;
    }
    world.traffic.Minute(sink);
    if (world.traffic.now_us() % kDay == kEpoch % kDay) {
      std::fprintf(stderr, "day %d of %d, %zu of %zu attacks\n",
                   static_cast<int>((world.traffic.now_us() - kEpoch) / kDay), settings.days, next,
                   total);
    }
  }
  world.detector.Finish();
  evaluation.detector_seconds = Seconds() - began;
  evaluation.calls = world.detector.calls();
  evaluation.weeks = (settings.days - settings.learn_days) / 7.0;
  evaluation.false_alerts = world.baselines.alerts();
  for (const detect::Incident* incident : world.detector.incidents().All()) {
    evaluation.false_evidence.push_back(incident->evidence);
    if (settings.explain && incident->evidence >= 4) {
      std::printf("false (%.1f): %s\n", incident->evidence,
                  detect::Explain(*incident, world.detector.names()).c_str());
    }
  }
  return evaluation;
}

}  // namespace firebreak::bench
