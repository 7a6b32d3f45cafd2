#include "detect/stolen_svid.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

class StolenSvidTest : public ::testing::Test {
 protected:
  std::optional<Clue> Use(uint64_t svid, NameId pod, bool reports = true) {
    Call call;
    call.source = 2;
    call.svid = svid;
    call.source_address = pod;
    call.end_us = now_ += kSecondUs;
    return svids_.See(call, reports);
  }
  StolenSvid svids_;
  int64_t now_ = kTestStartUs;
};

TEST_F(StolenSvidTest, TwoPlacesInTurnAreATheft) {
  EXPECT_FALSE(Use(1, 10).has_value());
  EXPECT_FALSE(Use(1, 66).has_value());
  const auto clue = Use(1, 10);
  ASSERT_TRUE(clue.has_value());
  EXPECT_LT(clue->p, 1e-6);
}

TEST_F(StolenSvidTest, AMoveIsNone) {
  EXPECT_FALSE(Use(1, 10).has_value());
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Use(1, 11).has_value());
}

TEST_F(StolenSvidTest, APlaceWithoutASidecarIsAClueWhereAllOthersHaveOne) {
  for (int hour = 0; hour < 1'000; ++hour, now_ += kHourUs) EXPECT_FALSE(Use(1, 10).has_value());
  const auto first = Use(2, 66, false);
  ASSERT_TRUE(first.has_value());
  EXPECT_LT(first->p, 1e-3);
  const auto next = Use(2, 66, false);
  ASSERT_TRUE(next.has_value());
  EXPECT_NEAR(next->p, first->p, first->p / 10) << "being at it does not make it usual";
}

TEST_F(StolenSvidTest, AnIdentityWithoutSidecarsIsNoneAnywhere) {
  for (int hour = 0; hour < 100; ++hour, now_ += kHourUs) Use(1, 10, false);
  EXPECT_FALSE(Use(2, 11, false).has_value());
}

TEST_F(StolenSvidTest, AnIdentityThatSharesItsSvidsSaysLittle) {
  for (uint64_t svid = 1; svid < 50; ++svid) {
    for (int i = 0; i < 4; ++i) Use(svid, i % 2 == 0 ? 10 : 11);
  }
  EXPECT_FALSE(Use(99, 10).has_value());
  EXPECT_FALSE(Use(99, 11).has_value());
  const auto clue = Use(99, 10);
  ASSERT_TRUE(clue.has_value());
  EXPECT_GT(clue->p, 0.5);
}

}  // namespace
}  // namespace firebreak::detect
