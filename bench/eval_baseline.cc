// How well learned baselines tell attacks from an application's own traffic.
//
//   eval_baseline TRAIN TEST [--explain N]
//
// TRAIN and TEST are corpora (bench/corpus.h); of TRAIN the benign requests are learned. The test
// set is split in two by turns, to see how far figures scatter. With routes withheld from training
// the requests to them stay in the test, benign ones included. A poisoned training has attacks of
// the test set among its requests, evenly spread; those are not judged. Every line but the first is
// the mean over kSeeds choices of what is withheld or poisoned.
//
// Two tables: what the baseline does by itself, and what the sidecar does, which learns from no
// request that inspection finds anything in, and blocks what inspection is sure of.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/path_template.h"
#include "base/simulated_clock.h"
#include "bench/corpus.h"
#include "inspect/baseline/baseline.h"
#include "inspect/engine.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::bench {
namespace {

constexpr int kSeeds = 5;

class NoStructure : public inspect::StructureSink {
 public:
  void OnOddity(inspect::Oddity, uint64_t, uint64_t) override {}
};

void Observe(const LabelledRequest& record, inspect::Observation& observation) {
  static const inspect::StructureLimits limits;
  NoStructure structure;
  observation.Begin({.source = "shop/ns/web/sa/gateway",
                     .destination = "shop/ns/web/sa/shop",
                     .method = record.request.method,
                     .path = record.request.path});
  inspect::RequestFields fields(limits, observation, structure);
  fields.Headers(record.request);
  fields.Body(record.body);
  fields.End();
}

using Route = std::pair<std::string, std::string>;
Route RouteOf(const LabelledRequest& record) {
  return {record.request.method, PathTemplate(record.request.path)};
}

// What inspection without a baseline makes of a request.
struct Inspected {
  bool found = false;
  bool blocks = false;
};

struct Example {
  LabelledRequest record;
  Inspected inspected;
};

// Counts of one half of the test set.
struct Half {
  uint64_t attacks = 0, found = 0, benign = 0, blocked = 0;
};
struct Outcome {
  Half halves[2];
  double bytes = 0;
  uint64_t held = 0;

  void operator+=(const Outcome& other) {
    for (int i = 0; i < 2; ++i) {
      halves[i].attacks += other.halves[i].attacks;
      halves[i].found += other.halves[i].found;
      halves[i].benign += other.halves[i].benign;
      halves[i].blocked += other.halves[i].blocked;
    }
    bytes += other.bytes / kSeeds;
    held += other.held;
  }
};

struct Data {
  std::vector<Example> train, test;
};

struct Choice {
  std::set<Route> withheld;
  std::set<size_t> poison;  // of test
  bool sidecar = false;     // inspection has its say
};

// Train feeds the training set, the poison spread evenly among it.
void Train(const Data& data, const Choice& choice, inspect::Baseline& baseline) {
  inspect::Observation observation;
  const auto learn = [&](const Example& example) {
    if (choice.sidecar && example.inspected.found) return;
    Observe(example.record, observation);
    baseline.Learn(observation);
  };
  auto poison = choice.poison.begin();
  const size_t every =
      choice.poison.empty() ? 0 : std::max<size_t>(data.train.size() / choice.poison.size(), 1);
  for (size_t i = 0; i < data.train.size(); ++i) {
    if (every > 0 && i % every == 0 && poison != choice.poison.end()) {
      learn(data.test[*poison++]);
    }
    const LabelledRequest& record = data.train[i].record;
    if (!record.attack && !choice.withheld.contains(RouteOf(record))) learn(data.train[i]);
  }
}

void Print(const LabelledRequest& record, const inspect::Judgement& judgement) {
  printf("  %s %s %s\n    %.2f %s\n", record.attack ? "missed" : "blocked",
         record.request.method.c_str(), record.request.path.c_str(), judgement.score,
         judgement.Explain().c_str());
}

Outcome Evaluate(const Data& data, const Choice& choice, int explain) {
  SimulatedClock clock;
  inspect::Baseline baseline({}, clock);
  Train(data, choice, baseline);
  Outcome outcome;
  outcome.bytes = static_cast<double>(baseline.bytes());
  outcome.held = baseline.held();
  inspect::Observation observation;
  for (size_t i = 0; i < data.test.size(); ++i) {
    if (choice.poison.contains(i)) continue;
    const LabelledRequest& record = data.test[i].record;
    Observe(record, observation);
    const inspect::Judgement judgement = baseline.Judge(observation);
    const bool blocks = choice.sidecar && data.test[i].inspected.blocks;
    const bool deviant = record.refused || blocks || judgement.deviant();
    Half& half = outcome.halves[i % 2];
    ++(record.attack ? half.attacks : half.benign);
    if (deviant) ++(record.attack ? half.found : half.blocked);
    if (deviant != record.attack && explain-- > 0) Print(record, judgement);
  }
  return outcome;
}

double Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void PrintRow(const std::string& name, const Outcome& outcome) {
  const Half& a = outcome.halves[0];
  const Half& b = outcome.halves[1];
  printf("%-24s %8.2f %8.2f %8.2f   %8.3f %8.3f %8.3f %9.0f\n", name.c_str(),
         Percent(a.found, a.attacks), Percent(b.found, b.attacks),
         Percent(a.found + b.found, a.attacks + b.attacks), Percent(a.blocked, a.benign),
         Percent(b.blocked, b.benign), Percent(a.blocked + b.blocked, a.benign + b.benign),
         outcome.bytes / 1024);
  fflush(stdout);
}

Choice Withhold(const Data& data, double share, int seed, bool sidecar) {
  std::set<Route> all;
  for (const Example& example : data.train) all.insert(RouteOf(example.record));
  std::vector<Route> routes(all.begin(), all.end());
  std::mt19937 random(static_cast<unsigned>(seed));
  std::shuffle(routes.begin(), routes.end(), random);
  const auto count = static_cast<size_t>(std::lround(share * static_cast<double>(routes.size())));
  return {.withheld = {routes.begin(), routes.begin() + static_cast<ptrdiff_t>(count)},
          .poison = {},
          .sidecar = sidecar};
}

Choice Poison(const Data& data, double share, int seed, bool sidecar) {
  std::vector<size_t> attacks;
  for (size_t i = 0; i < data.test.size(); ++i) {
    if (data.test[i].record.attack) attacks.push_back(i);
  }
  std::mt19937 random(static_cast<unsigned>(seed));
  std::shuffle(attacks.begin(), attacks.end(), random);
  const auto count = static_cast<size_t>(share * static_cast<double>(data.train.size()));
  attacks.resize(std::min(count, attacks.size()));
  return {.withheld = {}, .poison = {attacks.begin(), attacks.end()}, .sidecar = sidecar};
}

template <typename Work>
double NanosecondsEach(size_t count, Work work) {
  const MonoTime begin = Clock::Real().MonoNow();
  work();
  const std::chrono::duration<double, std::nano> spent = Clock::Real().MonoNow() - begin;
  return spent.count() / static_cast<double>(count);
}

void PrintSpeed(const Data& data) {
  SimulatedClock clock;
  inspect::Baseline baseline({}, clock);
  Train(data, {}, baseline);
  inspect::Observation observation;
  double sum = 0;
  const double apart = NanosecondsEach(data.test.size(), [&] {
    for (const Example& example : data.test) Observe(example.record, observation);
  });
  const double judged = NanosecondsEach(data.test.size(), [&] {
    for (const Example& example : data.test) {
      Observe(example.record, observation);
      sum += baseline.Judge(observation).score;
    }
  });
  printf("\nns a request: %.0f to take it apart, %.0f to judge it (mean score %.2f)\n", apart,
         judged - apart, sum / static_cast<double>(data.test.size()));
}

void Run(const Data& data, bool sidecar, int explain) {
  printf("%s\n", sidecar ? "with inspection, as in the sidecar" : "the baseline by itself");
  printf("%-24s %8s %8s %8s   %8s %8s %8s %9s\n", "", "TPR A %", "TPR B %", "TPR %", "FPR A %",
         "FPR B %", "FPR %", "KiB");
  PrintRow("full", Evaluate(data, {.withheld = {}, .poison = {}, .sidecar = sidecar}, explain));
  for (const int percent : {10, 25, 50}) {
    Outcome sum;
    for (int seed = 0; seed < kSeeds; ++seed) {
      sum += Evaluate(data, Withhold(data, percent / 100.0, seed, sidecar),
                      percent == 10 ? explain / 2 : 0);
    }
    PrintRow(absl::StrCat(percent, "% of routes withheld"), sum);
  }
  for (const int percent : {1, 2, 5}) {
    Outcome sum;
    for (int seed = 0; seed < kSeeds; ++seed) {
      sum += Evaluate(data, Poison(data, percent / 100.0, seed, sidecar), explain / 2);
    }
    PrintRow(absl::StrCat(percent, "% poisoned"), sum);
  }
}

// Inspect looks at a request as `firebreak inspect corpus` does.
Inspected Inspect(const LabelledRequest& record, inspect::Inspection& inspection) {
  static const inspect::StructureLimits limits;
  if (record.refused) return {.found = true, .blocks = true};
  inspection.Reset();
  inspect::RequestFields fields(limits, inspection, inspection);
  fields.Headers(record.request);
  fields.Body(record.body);
  fields.End();
  return {.found = !inspection.findings().empty(), .blocks = inspection.blocks()};
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) {
  int explain = 0;
  const bool asked = argc == 5 && std::string(argv[3]) == "--explain";
  if (argc != 3 && !(asked && absl::SimpleAtoi(argv[4], &explain))) {
    fprintf(stderr, "usage: eval_baseline TRAIN TEST [--explain N]\n");
    return 2;
  }
  firebreak::inspect::Engine engine({});
  firebreak::inspect::Inspection inspection(engine);
  firebreak::bench::Data data;
  for (const auto& [path, into] : {std::pair{argv[1], &data.train}, {argv[2], &data.test}}) {
    auto corpus = firebreak::bench::ReadCorpus(path);
    if (!corpus.ok()) {
      fprintf(stderr, "%s\n", std::string(corpus.status().message()).c_str());
      return 2;
    }
    for (firebreak::bench::LabelledRequest& record : *corpus) {
      const auto inspected = firebreak::bench::Inspect(record, inspection);
      into->push_back({std::move(record), inspected});
    }
  }
  firebreak::bench::Run(data, /*sidecar=*/false, explain);
  printf("\n");
  firebreak::bench::Run(data, /*sidecar=*/true, explain);
  firebreak::bench::PrintSpeed(data);
  return 0;
}
