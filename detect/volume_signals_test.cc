#include <gtest/gtest.h>

#include "detect/off_hours.h"
#include "detect/surplus.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr NameId kCaller = 6;
constexpr NameId kOther = 7;

Call At(int64_t at_us) {
  Call call;
  call.source = kCaller;
  call.destination = kOther;
  call.start_us = call.end_us = at_us;
  return call;
}

Call Asked(int64_t at_us) {
  Call call = At(at_us);
  call.source = kOther;
  call.destination = kCaller;
  return call;
}

class SurplusTest : public ::testing::Test {
 protected:
  // Run makes so many windows in which each request leads to a call.
  int Run(int windows, int requests) {
    int clues = 0;
    for (int w = 0; w < windows; ++w, now_ += Surplus::kWindowUs) {
      for (int i = 0; i < requests; ++i) {
        surplus_.Received(Asked(now_ + i * kSecondUs));
        clues += surplus_.See(At(now_ + i * kSecondUs)).has_value() ? 1 : 0;
      }
    }
    return clues;
  }

  Surplus surplus_;
  int64_t now_ = kTestStartUs / Surplus::kWindowUs * Surplus::kWindowUs;
};

TEST_F(SurplusTest, CallsThatNoRequestExplainsAreToldOfOnce) {
  EXPECT_EQ(Run(300, 10), 0);
  int clues = 0;
  double observed = 0;
  for (int i = 0; i < 120; ++i) {
    const auto clue = surplus_.See(At(now_ + i * kSecondUs));
    if (!clue.has_value()) continue;
    ++clues;
    observed = clue->observed;
    EXPECT_EQ(clue->signal, Signal::kSurplus);
    EXPECT_LT(clue->p, 1e-4);
  }
  EXPECT_EQ(clues, 1);
  EXPECT_GT(observed, 10);
}

TEST_F(SurplusTest, MoreWorkExplainsMoreCalls) {
  EXPECT_EQ(Run(300, 10), 0);
  EXPECT_EQ(Run(3, 35), 0);
}

TEST_F(SurplusTest, SaysNothingInAPairsFirstDay) { EXPECT_EQ(Run(100, 10) + Run(10, 200), 0); }

class OffHoursTest : public ::testing::Test {
 protected:
  // Run works from nine to five for so many days, twenty calls an hour.
  int Run(int days) {
    int clues = 0;
    for (int d = 0; d < days; ++d, day_us_ += kDayUs) {
      for (int i = 9 * 20; i < 17 * 20; ++i) clues += See(day_us_ + int64_t{i} * 3 * kMinuteUs);
    }
    return clues;
  }
  int See(int64_t at_us) { return off_hours_.See(At(at_us)).has_value() ? 1 : 0; }

  OffHours off_hours_;
  int64_t day_us_ = kTestStartUs / kDayUs * kDayUs;
};

TEST_F(OffHoursTest, ABusyHourInTheNightIsToldOfOnce) {
  EXPECT_EQ(Run(21), 0);
  int clues = 0;
  for (int i = 0; i < 40; ++i) clues += See(day_us_ + 3 * kHourUs + i * kMinuteUs);
  EXPECT_EQ(clues, 1);
}

TEST_F(OffHoursTest, UsualHoursAndAFewCallsInTheNightAreNot) {
  EXPECT_EQ(Run(28), 0);
  int clues = 0;
  for (int i = 0; i < 5; ++i) clues += See(day_us_ + 3 * kHourUs + i * kMinuteUs);
  EXPECT_EQ(clues, 0);
}

TEST_F(OffHoursTest, SaysNothingBeforeItKnowsTwoWeeks) {
  EXPECT_EQ(Run(12), 0);
  int clues = 0;
  for (int i = 0; i < 40; ++i) clues += See(day_us_ + 3 * kHourUs + i * kMinuteUs);
  EXPECT_EQ(clues, 0);
}

}  // namespace
}  // namespace firebreak::detect
