#include "base/saturate.h"

#include <gtest/gtest.h>

namespace firebreak {
namespace {

constexpr uint64_t kMost = ~uint64_t{0};

TEST(Saturate, StaysAtTheLargestNumber) {
  EXPECT_EQ(SaturatingAdd(1, 2), 3);
  EXPECT_EQ(SaturatingAdd(kMost, 0), kMost);
  EXPECT_EQ(SaturatingAdd(kMost - 1, 1), kMost);
  EXPECT_EQ(SaturatingAdd(kMost - 1, 2), kMost);
  EXPECT_EQ(SaturatingAdd(kMost, kMost), kMost);
  EXPECT_EQ(SaturatingMultiply(3, 4), 12);
  EXPECT_EQ(SaturatingMultiply(kMost, 0), 0);
  EXPECT_EQ(SaturatingMultiply(0, kMost), 0);
  EXPECT_EQ(SaturatingMultiply(kMost, 1), kMost);
  EXPECT_EQ(SaturatingMultiply(uint64_t{1} << 32, uint64_t{1} << 32), kMost);
  EXPECT_EQ(SaturatingMultiply(uint64_t{1} << 32, (uint64_t{1} << 32) - 1), kMost - 0xffffffff);
}

}  // namespace
}  // namespace firebreak
