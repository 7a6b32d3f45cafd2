// Detection, measured: `eval_detection [--seed N] [--seeds N] [--attacks N] [--days N] [--svg
// FILE]`. docs/DETECTION.md explains the figures.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

#include "bench/eval_detection/evaluation.h"
#include "bench/eval_detection/plot.h"
#include "bench/eval_detection/throughput.h"

namespace firebreak::bench {
namespace {

const double kThreshold = detect::Incidents::Settings().threshold;

// Row is what one setting of one method reaches.
struct Row {
  double threshold = 0;
  double false_incidents = 0;
  double detected = 0;
};

std::vector<Row> Sweep(const std::vector<double>& thresholds, const auto& false_incidents,
                       const auto& detected) {
  std::vector<Row> rows;
  rows.reserve(thresholds.size());
  for (const double threshold : thresholds) {
    rows.push_back({threshold, false_incidents(threshold), detected(threshold)});
  }
  return rows;
}

std::vector<double> Steps(double from, double to, double step) {
  std::vector<double> values;
  for (double value = from; value <= to; value += step) values.push_back(value);
  return values;
}

// At is the row with the fewest false incidents that detects as much.
const Row* AtRecall(const std::vector<Row>& rows, double detected) {
  const Row* best = nullptr;
  for (const Row& row : rows) {
    if (row.detected < detected) continue;
    if (best == nullptr || row.false_incidents < best->false_incidents) best = &row;
  }
  return best;
}

Curve CurveOf(const std::string& name, const std::vector<Row>& rows) {
  Curve curve{.name = name, .points = {}};
  for (const Row& row : rows) curve.points.emplace_back(row.false_incidents, row.detected);
  return curve;
}

void PrintKinds(const Evaluation& evaluation) {
  std::printf("\n%-28s %9s %9s %12s %10s\n", "attack", "detected", "of", "within 3", "median hop");
  int full_stealth = 0;
  int full_stealth_seen = 0;
  for (size_t kind = 0; kind < evaluation.kinds.size(); ++kind) {
    int total = 0;
    int detected = 0;
    int early = 0;
    std::vector<int> hops;
    for (const AttackResult& attack : evaluation.attacks) {
      if (attack.kind != kind) continue;
      ++total;
      for (const auto& [evidence, hop] : attack.evidence) {
        if (evidence < kThreshold) continue;
        ++detected;
        early += hop <= 3 ? 1 : 0;
        hops.push_back(hop);
        break;
      }
    }
    std::sort(hops.begin(), hops.end());
    std::printf("%-28s %9d %9d %12d %10d\n", evaluation.kinds[kind].name.c_str(), detected, total,
                early, hops.empty() ? 0 : hops[hops.size() / 2]);
    if (!evaluation.kinds[kind].seen_only || !evaluation.kinds[kind].active_only) continue;
    full_stealth += total;
    full_stealth_seen += detected;
  }
  std::printf("full stealth: %d of %d\n", full_stealth_seen, full_stealth);
}

void Print(const Evaluation& evaluation, const std::string& svg_path) {
  std::printf("%llu records, %llu calls, %.1f weeks watched without an attack, %zu attacks\n",
              static_cast<unsigned long long>(evaluation.records),
              static_cast<unsigned long long>(evaluation.calls), evaluation.weeks,
              evaluation.attacks.size());
  PrintKinds(evaluation);
  const std::vector<Row> ours = Sweep(
      Steps(3, 12, 0.5), [&](double t) { return evaluation.FalseIncidents(t); },
      [&](double t) { return evaluation.Detected(t); });
  std::printf("\n%-24s %10s %18s %10s\n", "method", "threshold", "false incidents/wk", "detected");
  for (const Row& row : ours) {
    std::printf("%-24s %10.1f %18.2f %9.1f%%\n", "firebreak", row.threshold, row.false_incidents,
                row.detected * 100);
  }
  std::vector<Curve> curves = {CurveOf("firebreak", ours)};
  const std::vector<std::pair<Method, std::vector<double>>> methods = {
      {Method::kNewEdge, Steps(0.02, 1, 0.07)},
      {Method::kFanOut, Steps(0.5, 4, 0.25)},
      {Method::kRita, Steps(0.5, 1, 0.05)},
      {Method::kHopper, Steps(0.05, 2, 0.15)}};
  for (const auto& [method, thresholds] : methods) {
    const std::vector<Row> rows = Sweep(
        thresholds, [&, m = method](double t) { return evaluation.FalseIncidents(m, t); },
        [&, m = method](double t) { return evaluation.Detected(m, t); });
    curves.push_back(CurveOf(MethodName(method), rows));
    for (size_t i = 0; i < rows.size(); i += 3) {
      std::printf("%-24s %10.2f %18.2f %9.1f%%\n", MethodName(method).c_str(), rows[i].threshold,
                  rows[i].false_incidents, rows[i].detected * 100);
    }
  }
  std::vector<Row> both;
  for (const double edge : Steps(0.02, 1, 0.14)) {
    for (const double fan : Steps(0.5, 4, 0.5)) {
      both.push_back({edge, evaluation.FalseIncidents(edge, fan), evaluation.Detected(edge, fan)});
    }
  }
  const Row* best = nullptr;
  for (const Row& row : both) {
    if (best == nullptr || row.detected > best->detected ||
        (row.detected == best->detected && row.false_incidents < best->false_incidents)) {
      best = &row;
    }
  }
  const Row* mine = AtRecall(ours, best->detected);
  std::printf(
      "\nnew edge + fan-out at its best recall: %.1f%% at %.2f false incidents a week; "
      "firebreak at that recall: %.2f\n",
      best->detected * 100, best->false_incidents, mine == nullptr ? -1.0 : mine->false_incidents);
  if (svg_path.empty()) return;
  std::ofstream(svg_path) << PlotSvg(curves, "Attacks detected against false incidents");
  std::printf("plot: %s\n", svg_path.c_str());
}

// TakeSwitch takes an option without a value. False: it is none.
bool TakeSwitch(const std::string& option, EvaluationSettings& settings) {
  if (option == "--explain") return settings.explain = true;
  if (option == "--surplus") return settings.surplus = true;
  if (option == "--off-hours") return settings.off_hours = true;
  if (option == "--traces") return settings.traffic.traces = true;
  if (option != "--no-inflight") return false;
  settings.traffic.inflight = false;
  return true;
}

int Run(const std::vector<std::string>& args) {
  EvaluationSettings settings;
  std::string svg;
  int seeds = 1;
  bool speed = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& option = args[i];
    if (option == "--speed") {
      speed = true;
      continue;
    }
    if (TakeSwitch(option, settings)) continue;
    const std::string value = i + 1 < args.size() ? args[++i] : "";
    const bool understood =
        (option == "--seed" && absl::SimpleAtoi(value, &settings.traffic.seed)) ||
        (option == "--seeds" && absl::SimpleAtoi(value, &seeds) && seeds > 0) ||
        (option == "--attacks" && absl::SimpleAtoi(value, &settings.attacks_of_a_kind)) ||
        (option == "--days" && absl::SimpleAtoi(value, &settings.days)) ||
        (option == "--learn-days" && absl::SimpleAtoi(value, &settings.learn_days)) ||
        (option == "--rate" && absl::SimpleAtod(value, &settings.traffic.requests_per_second)) ||
        (option == "--svg" && !(svg = value).empty());
    if (!understood || settings.attacks_of_a_kind < 1 || settings.learn_days < 1 ||
        settings.days <= settings.learn_days) {
      std::fprintf(stderr,
                   "usage: eval_detection [--seed N] [--seeds N] [--attacks N] [--days N] "
                   "[--learn-days N] [--rate R] [--traces] [--no-inflight] [--surplus] "
                   "[--off-hours] [--svg FILE] "
                   "[--explain] | --speed\n"
                   "Seeds below 100 are for development, those above for figures.\n");
      return 2;
    }
  }
  if (speed) {
    PrintThroughput();
    PrintMemory();
    return 0;
  }
  Evaluation whole;
  for (int i = 0; i < seeds; ++i, ++settings.traffic.seed) whole.Add(Evaluate(settings));
  Print(whole, svg);
  return 0;
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) {
  return firebreak::bench::Run(std::vector<std::string>(argv + 1, argv + argc));
}
