#include "detect/suspicion.h"

#include <gtest/gtest.h>

#include <vector>

namespace firebreak::detect {
namespace {

constexpr double kRare = 1e-5;

Call CallAt(int64_t start_us, NameId destination) {
  Call call;
  call.source = 1;
  call.source_pod = 2;
  call.destination = destination;
  call.destination_pod = destination + 100;
  call.start_us = start_us;
  call.end_us = start_us + 1'000;
  return call;
}

// Evidence of an orphan over an edge that hardly ever has one, in a pod whose other edges have
// orphans of this chance.
double EvidenceBeside(int others, double chance) {
  Suspicion suspicion;
  int64_t now_us = kDayUs;
  for (int i = 0; i < 100; ++i, now_us += kSecondUs) suspicion.Expect(CallAt(now_us, 3), kRare);
  for (int i = 0; i < others; ++i, now_us += kSecondUs) {
    suspicion.Expect(CallAt(now_us, 4), chance);
  }
  const Call call = CallAt(now_us, 3);
  const StepId step = suspicion.Add(call, {{.signal = Signal::kOrphan, .p = kRare}});
  return step == 0 ? 0 : suspicion.Find(step)->evidence;
}

TEST(Suspicion, AnOrphanCountsByHowManyAnHourOfItsPodShows) {
  EXPECT_NEAR(EvidenceBeside(0, 0), 3, 0.1);
  EXPECT_NEAR(EvidenceBeside(900, kRare), 2, 0.1);
}

TEST(Suspicion, OrphansOfATimerDoNotExcuseThoseOfOtherEdgesOfItsPod) {
  EXPECT_NEAR(EvidenceBeside(500, 0.9), EvidenceBeside(0, 0), 0.01);
  EXPECT_NEAR(EvidenceBeside(500, 0.01), EvidenceBeside(0, 0), 0.01);
}

// Evidence of orphans over these edges in turn, a minute apart, when so many an hour are expected.
double EvidenceOf(const std::vector<NameId>& edges, double per_hour) {
  Suspicion suspicion;
  double evidence = 0;
  for (size_t i = 0; i < edges.size(); ++i) {
    const Call call = CallAt(kDayUs + static_cast<int64_t>(i) * kMinuteUs, edges[i]);
    const StepId step =
        suspicion.Add(call, {{.signal = Signal::kOrphan, .p = kRare, .per_hour = per_hour}});
    evidence = suspicion.Find(step)->evidence;
  }
  return evidence;
}

TEST(Suspicion, TheSameEdgeAgainSaysLittleWhereWhatIsNewExplainsIt) {
  constexpr double kYoung = 5e-3;
  constexpr double kOld = 1e-4;
  const double once = EvidenceOf({3}, kYoung);
  EXPECT_LT(EvidenceOf({3, 3, 3, 3, 3, 3}, kYoung), once + 1.5);
  EXPECT_GT(EvidenceOf({3, 4, 5}, kYoung), once + 3) << "other edges are other news";
  EXPECT_GT(EvidenceOf({3, 3, 3}, kOld), EvidenceOf({3}, kOld) + 3);
}

}  // namespace
}  // namespace firebreak::detect
