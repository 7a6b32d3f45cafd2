#include "bench/eval_detection/throughput.h"

#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/eval_detection/evaluation.h"
#include "bench/eval_detection/traffic.h"
#include "detect/detector.h"

namespace firebreak::bench {
namespace {

double Seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// ResidentBytes is what this process has in memory.
double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void PrintThroughput() {
  Traffic traffic({.seed = 5});
  std::vector<flows::Flow> flows;
  for (int minute = 0; minute < 20; ++minute) {
    traffic.Minute([&flows](const flows::Flow& flow) { flows.push_back(flow); });
  }
  detect::Settings settings;
  settings.learn = absl::ZeroDuration();
  // The same minutes again and again, each time later: names and edges are known, as they are on
  // any day but the first.
  constexpr int kRounds = 60;
  detect::Detector detector(settings);
  std::vector<detect::Call> calls;
  const double read_from = Seconds();
  for (const flows::Flow& flow : flows) {
    const std::optional<detect::Call> call = detector.Read(flow);
    if (call.has_value()) calls.push_back(*call);
  }
  const double read = Seconds() - read_from;
  const double judged_from = Seconds();
  constexpr int64_t kRoundMinutes = 20;
  for (int64_t round = 0; round < kRounds; ++round) {
    const int64_t later = round * kRoundMinutes * kMinute;
    for (detect::Call call : calls) {
      call.start_us += later;
      call.end_us += later;
      detector.Add(call);
    }
  }
  const double judged = Seconds() - judged_from;
  std::printf("reading records that are in memory: %.2f million a second\n",
              static_cast<double>(flows.size()) / read / 1e6);
  std::printf("judging: %.2f million flows a second\n",
              static_cast<double>(calls.size()) * kRounds / judged / 1e6);
}

void PrintMemory() {
  const double before = ResidentBytes();
  detect::Settings settings;
  detect::Detector detector(settings);
  constexpr uint32_t kEdges = 1'000'000;
  for (uint32_t i = 0; i < kEdges; ++i) {
    flows::Flow flow;
    flow.time = absl::FromUnixMicros(kEpoch + i * int64_t{10'000});
    flow.event = "REQUEST";
    flow.direction = "OUTBOUND";
    flow.verdict = "FORWARDED";
    flow.source.principal = absl::StrCat("shop.example/ns/shop/sa/s-", i / 1000);
    flow.destination.principal = absl::StrCat("shop.example/ns/shop/sa/d-", i % 1000);
    flow.reporter.node = absl::StrCat("s-", i / 1000, "-0");
    flow.http.method = "GET";
    flow.http.path_template = "/";
    detector.Add(flow);
  }
  detector.Finish();
  std::printf("%zu edges: %.0f MB\n", detector.edges().size(), (ResidentBytes() - before) / 1e6);
}

}  // namespace firebreak::bench
