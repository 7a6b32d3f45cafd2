#include "detect/suspicion.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace firebreak::detect
