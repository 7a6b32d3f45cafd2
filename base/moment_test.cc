#include "base/moment.h"

#include <gtest/gtest.h>

namespace firebreak {
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

TEST(Span, HasDaysBesideWhatIsShorter) {
  EXPECT_EQ(ParseSpan("7d"), absl::Hours(7 * 24));
  EXPECT_EQ(ParseSpan("1d12h"), absl::Hours(36));
  EXPECT_EQ(ParseSpan("1h30m"), absl::Minutes(90));
  EXPECT_EQ(ParseSpan("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(ParseSpan("0"), absl::ZeroDuration());
}

TEST(Span, IsNoneWhereItIsNegativeOrForEver) {
  for (const char* text : {"", "d", "x", "-1d", "+1d", "-5m", "1d-5m", "1.5d", "1h1d", "1d1d",
                           "inf", "7 d", "7days", "9999999d", "9999999999999999999999h", "5"}) {
    EXPECT_FALSE(ParseSpan(text).has_value()) << text;
  }
}

TEST(Past, IsAMomentOrASpanAgo) {
  const absl::Time now = absl::FromUnixMicros(kEight);
  EXPECT_EQ(ParsePast("2027-01-15 07:00", now), now - absl::Hours(1));
  EXPECT_EQ(ParsePast("1d", now), now - absl::Hours(24));
  EXPECT_FALSE(ParsePast("yesterday", now).has_value());
}

}  // namespace
}  // namespace firebreak
