#include "detect/held_open.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr Ages kOld = {.source_identity = 500,
                       .destination_identity = 500,
                       .source_generation = 500,
                       .generation_brings_news = 0.5};

class HeldOpenTest : public ::testing::Test {
 protected:
  std::optional<Clue> See(int64_t duration_us, NameId destination = 7, const Ages& ages = kOld) {
    Call call;
    call.source = 6;
    call.destination = destination;
    call.start_us = now_ += kSecondUs;
    call.end_us = call.start_us + duration_us;
    Edge& edge = destination == 7 ? edge_ : other_;
    ++edge.calls;
    return held_open_.See(call, ages, edge);
  }

  HeldOpen held_open_;
  Edge edge_;
  Edge other_;
  int64_t now_ = kTestStartUs;
};

TEST_F(HeldOpenTest, ACallThatIsKeptOpenWhereNoneIsIsAClue) {
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(See(20'000).has_value());
  const auto clue = See(6 * kMinuteUs);
  ASSERT_TRUE(clue.has_value());
  EXPECT_EQ(clue->signal, Signal::kHeldOpen);
  EXPECT_LT(clue->p, 1e-4);
  EXPECT_EQ(clue->observed, 360);
  EXPECT_FALSE(See(10 * kSecondUs).has_value()) << "slow is not held open";
}

TEST_F(HeldOpenTest, AnEdgeThatStreamsIsNoSurpriseAndSaysNothingOfOthers) {
  for (int i = 0; i < 10'000; ++i) See(20'000);
  for (int i = 0; i < 500; ++i) See(kMinuteUs, /*destination=*/8);
  EXPECT_FALSE(See(kMinuteUs, 8).has_value());
  EXPECT_TRUE(See(kMinuteUs).has_value());
}

TEST_F(HeldOpenTest, NewCodeMayStream) {
  for (int i = 0; i < 10'000; ++i) See(20'000);
  Ages young = kOld;
  young.source_generation = 0.1;
  EXPECT_GT(See(kMinuteUs, 7, young)->per_hour, 0.1);
}

TEST_F(HeldOpenTest, GoesOnFromWhatWasSaved) {
  for (int i = 0; i < 1'000; ++i) See(20'000);
  See(kMinuteUs);
  StateWriter out;
  out(held_open_);
  const auto before = See(kMinuteUs);
  StateReader in(out.bytes());
  in.LimitNames(100);
  in(held_open_);
  ASSERT_TRUE(in.ok());
  EXPECT_TRUE(in.AtEnd());
  --edge_.calls;
  EXPECT_EQ(See(kMinuteUs)->p, before->p);
}

}  // namespace
}  // namespace firebreak::detect
