#include "store/moment.h"

#include <gtest/gtest.h>

namespace firebreak::store {
namespace {

constexpr int64_t kEight = 1'800'000'000'000'000;  // 2027-01-15T08:00:00Z

TEST(Moment, IsTheSameHoweverItIsWritten) {
  for (const char* text :
       {"2027-01-15T08:00:00.000000Z", "2027-01-15T08:00:00Z", "2027-01-15t08:00:00z",
        "2027-01-15 08:00:00", "2027-01-15 08:00:00Z", "2027-01-15T08:00", "2027-01-15T08",
        "2027-01-15T10:00:00+02:00", "2027-01-15T02:30:00-05:30", "2027-01-14T23:30-08:30",
        "2027-01-15T07:59:60Z", "2027-01-15T08:00:00.0000009Z", "2027-01-15T08:00:00-00:00"}) {
    EXPECT_EQ(ParseMoment(text), kEight) << text;
  }
  EXPECT_EQ(ParseMoment("2027-01-15"), kEight - int64_t{8} * 3600 * 1'000'000);
  EXPECT_EQ(ParseMoment("2027-01-15T08:00:00.5Z"), kEight + 500'000);
  EXPECT_EQ(ParseMoment("2027-01-15T08:00:00.000001"), kEight + 1);
  EXPECT_EQ(ParseMoment("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(ParseMoment("2024-02-29"), 1'709'164'800'000'000);
}

TEST(Moment, IsNoneWhereAnythingIsWrong) {
  for (const char* text : {"",
                           "x",
                           "now",
                           "2027",
                           "2027-01",
                           "2027-1-15",
                           "2027-13-01",
                           "2027-00-01",
                           "2027-02-29",
                           "2027-01-32",
                           "27-01-15",
                           "2027-01-15T",
                           "2027-01-15T8",
                           "2027-01-15T24",
                           "2027-01-15T08:60",
                           "2027-01-15T08:00:61",
                           "2027-01-15T08:00:",
                           "2027-01-15T08:00:00.",
                           "2027-01-15T08:00:00+2",
                           "2027-01-15T08:00:00+24:00",
                           "2027-01-15T08:00:00+0200",
                           "2027-01-15T08:00:00 Z",
                           "2027-01-15T08:00:00Zx",
                           "2027-01-15Z",
                           " 2027-01-15",
                           "2027-01-15 ",
                           "-027-01-15",
                           "1800000000"}) {
    EXPECT_FALSE(ParseMoment(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace firebreak::store
