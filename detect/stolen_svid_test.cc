#include "detect/stolen_svid.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

class StolenSvidTest : public ::testing::Test {
 protected:
  std::optional<Clue> Use(uint64_t svid, NameId pod) {
    Call call;
    call.source = 2;
    call.svid = svid;
    call.source_address = pod;
    call.end_us = now_ += kSecondUs;
    return svids_.See(call);
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
