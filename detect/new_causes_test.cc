#include "detect/new_causes.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr NameId kRead = 10;
constexpr NameId kWrite = 11;
constexpr EdgeKey kEdge = {.pair = {.source = 6, .destination = 7}, .route = 9, .port = 8080};
constexpr int64_t kLongAgoUs = 10 * kMinuteUs;

class NewCausesTest : public ::testing::Test {
 protected:
  // Explained of a call so long behind the requests of two routes, each open in 1 % of the time.
  double Explained(int64_t behind_read_us, int64_t behind_write_us) {
    now_ += kMinuteUs;
    return causes_.Explained(kEdge, {GapOf(kRead, behind_read_us), GapOf(kWrite, behind_write_us)},
                             now_);
  }
  static Cover::Gap GapOf(NameId route, int64_t us) {
    return {.route = route,
            .us = us,
            .open_us = 10 * kSecondUs,
            .requests = 20,
            .known_us = 1'000 * kSecondUs};
  }

  NewCauses causes_;
  int64_t now_ = kTestStartUs;
};

TEST_F(NewCausesTest, CallsAtAnyMomentAreExplainedByNothing) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Explained(kLongAgoUs, kLongAgoUs), 0);
  EXPECT_NEAR(Explained(0, kLongAgoUs), 1.3, 0.2)
      << "one that happens to lie in a request, a little";
  EXPECT_EQ(causes_.size(), 1u);
}

TEST_F(NewCausesTest, CallsThatAllLieInRequestsOfOneRouteAreExplainedByIt) {
  Explained(0, kLongAgoUs);
  Explained(0, kLongAgoUs);
  EXPECT_GT(Explained(0, kLongAgoUs), 2.5);
  EXPECT_EQ(Explained(kLongAgoUs, kLongAgoUs), 0) << "but not one that does not";
}

TEST_F(NewCausesTest, WorkBehindTheAnswerIsCausedToo) {
  for (int i = 0; i < 5; ++i) Explained(kLongAgoUs, 3 * kSecondUs);
  EXPECT_GT(Explained(kLongAgoUs, 4 * kSecondUs), 1);
}

TEST_F(NewCausesTest, CallsAtOnceHaveOneCauseAndCountOnce) {
  for (int i = 0; i < 20; ++i)
    causes_.Explained(kEdge, {GapOf(kRead, 0)}, now_ + std::int64_t{i} * 1'000);
  EXPECT_LT(causes_.Explained(kEdge, {GapOf(kRead, 0)}, now_ + 30'000), 1.7);
}

TEST_F(NewCausesTest, ARouteThatIsOpenAllTheTimeExplainsNothing) {
  const Cover::Gap busy = {.route = kRead,
                           .us = 0,
                           .open_us = 800 * kSecondUs,
                           .requests = 5'000,
                           .known_us = 1'000 * kSecondUs};
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(causes_.Explained(kEdge, {busy}, now_ + i * kMinuteUs), 0);
  }
}

TEST_F(NewCausesTest, AFullTableForgetsWhatHadNoCallForLongest) {
  for (uint32_t i = 0; i < NewCauses::kMaxCandidates + 10; ++i) {
    EdgeKey edge = kEdge;
    edge.pair.destination = 100 + i;
    causes_.Explained(edge, {GapOf(kRead, 0)}, now_ + i * kSecondUs);
  }
  EXPECT_LE(causes_.size(), NewCauses::kMaxCandidates);
  EXPECT_GT(causes_.size(), NewCauses::kMaxCandidates / 2);
}

TEST_F(NewCausesTest, GoesOnFromWhatWasSaved) {
  for (int i = 0; i < 4; ++i) Explained(0, kLongAgoUs);
  StateWriter out;
  out(causes_);
  NewCauses restored;
  StateReader in(out.bytes());
  in.LimitNames(100);
  in(restored);
  ASSERT_TRUE(in.ok());
  EXPECT_TRUE(in.AtEnd());
  now_ += kMinuteUs;
  EXPECT_EQ(restored.Explained(kEdge, {GapOf(kRead, 0)}, now_),
            causes_.Explained(kEdge, {GapOf(kRead, 0)}, now_));
}

}  // namespace
}  // namespace firebreak::detect
