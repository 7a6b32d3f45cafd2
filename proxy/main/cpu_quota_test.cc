#include "proxy/main/cpu_quota.h"

#include <gtest/gtest.h>

namespace firebreak::proxy {
namespace {

TEST(CpuQuotaTest, RoundsUpAndKeepsToFour) {
  EXPECT_EQ(QuotaOf("50000 100000\n"), 1);
  EXPECT_EQ(QuotaOf("150000 100000\n"), 2);
  EXPECT_EQ(QuotaOf("6400000 100000"), 4);
}

TEST(CpuQuotaTest, NoLimitAndNonsenseAreNoQuota) {
  for (const char* text : {"max 100000\n", "", "100000", "x y", "-1 100000", "100000 0"}) {
    EXPECT_EQ(QuotaOf(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace firebreak::proxy
