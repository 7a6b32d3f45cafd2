#include "base/complaint.h"

#include <gtest/gtest.h>

#include "base/simulated_clock.h"

namespace firebreak {
namespace {

TEST(Complaint, IsDueOnceAMinuteAndSaysHowManyThereWere) {
  SimulatedClock clock;
  Complaint complaint(clock);
  EXPECT_EQ(complaint.Due(), 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(complaint.Due(), 0);
  clock.Advance(absl::Minutes(1) - absl::Nanoseconds(1));
  EXPECT_EQ(complaint.Due(), 0);
  clock.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(complaint.Due(), 102);
  EXPECT_EQ(complaint.Due(), 0);
}

}  // namespace
}  // namespace firebreak
