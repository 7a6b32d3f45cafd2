#include "base/varint.h"

#include <gtest/gtest.h>

namespace firebreak {
namespace {

constexpr uint64_t kMost = ~uint64_t{0};

TEST(Varint, WhatIsWrittenIsRead) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128},
                               uint64_t{300}, uint64_t{1} << 63, kMost}) {
    std::string bytes;
    AppendVarint(value, &bytes);
    EXPECT_LE(bytes.size(), kMaxVarintBytes);
    bytes += "rest";
    absl::string_view left = bytes;
    EXPECT_EQ(TakeVarint(left), value);
    EXPECT_EQ(left, "rest");
  }
}

TEST(Varint, HasTheBytesThatProtobufNames) {
  std::string bytes;
  AppendVarint(300, &bytes);
  EXPECT_EQ(bytes, "\xac\x02");
}

TEST(Varint, OneThatDoesNotEndIsNothingAndTakesNothing) {
  for (const std::string& bytes : {std::string(), std::string("\x80"), std::string(9, '\xff'),
                                   std::string(10, '\xff') + "a"}) {
    absl::string_view left = bytes;
    EXPECT_EQ(TakeVarint(left), std::nullopt);
    EXPECT_EQ(left, bytes);
  }
}

TEST(Varint, LongerThanItNeedBeIsReadAndBitsBeyondThe64thAreDropped) {
  absl::string_view padded("\x81\x00", 2);
  EXPECT_EQ(TakeVarint(padded), 1);
  const std::string over = std::string(9, '\xff') + "\x7f";
  absl::string_view left = over;
  EXPECT_EQ(TakeVarint(left), kMost);
}

}  // namespace
}  // namespace firebreak
