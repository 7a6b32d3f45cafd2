#include "proxy/tcp/complaints.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

#include "base/simulated_clock.h"

namespace firebreak::proxy {
namespace {

flows::Record Refused() {
  flows::Record record;
  record.reason = Reason::kNoRule;
  return record;
}

TEST(ComplaintsTest, FloodIsCutToItsBudgetAndTheRestIsCounted) {
  SimulatedClock clock;
  Complaints complaints;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) complaints.Note(Refused(), clock.MonoNow());
  const std::string first = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), Complaints::kLinesPerSecond);
  clock.Advance(absl::Seconds(1));
  testing::internal::CaptureStderr();
  complaints.Note(Refused(), clock.MonoNow());
  EXPECT_TRUE(
      absl::StrContains(testing::internal::GetCapturedStderr(), "(and 990 more before it)"));
}

TEST(ComplaintsTest, WhatWentWellIsNotMentioned) {
  Complaints complaints;
  testing::internal::CaptureStderr();
  complaints.Note(flows::Record(), MonoTime());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace firebreak::proxy
