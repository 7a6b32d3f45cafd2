#include "base/utf8.h"

#include <gtest/gtest.h>

namespace firebreak {
namespace {

TEST(DecodeRune, ReadsEachLength) {
  EXPECT_EQ(DecodeRune("a!").code, 'a');
  EXPECT_EQ(DecodeRune("\xc2\x80").code, 0x80U);
  EXPECT_EQ(DecodeRune("\xe2\x82\xac+").code, 0x20acU);
  EXPECT_EQ(DecodeRune("\xe2\x82\xac+").size, 3U);
  EXPECT_EQ(DecodeRune("\xf4\x8f\xbf\xbf").code, 0x10ffffU);
  EXPECT_EQ(DecodeRune("\xf4\x8f\xbf\xbf").size, 4U);
}

TEST(DecodeRune, RefusesWhatRfc3629Does) {
  for (const char* text : {"", "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
                           "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xe2\x82z", "\xc3"}) {
    EXPECT_EQ(DecodeRune(text).size, 0U) << text;
  }
}

TEST(Characters, KnowsWhatTerminalsObeyAndWhatReordersText) {
  for (uint32_t code : {0x0U, 0x1bU, 0x7fU, 0x80U, 0x9fU}) EXPECT_TRUE(IsControl(code)) << code;
  for (uint32_t code : {0x20U, 0x7eU, 0xa0U}) EXPECT_FALSE(IsControl(code)) << code;
  for (uint32_t code : {0x61cU, 0x200eU, 0x200fU, 0x202aU, 0x202eU, 0x2066U, 0x2069U}) {
    EXPECT_TRUE(IsBidirectionalControl(code)) << code;
  }
  for (uint32_t code : {0x200dU, 0x2029U, 0x202fU, 0x2065U, 0x206aU}) {
    EXPECT_FALSE(IsBidirectionalControl(code)) << code;
  }
}

}  // namespace
}  // namespace firebreak
