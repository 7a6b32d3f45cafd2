#include "base/time_text.h"

#include <gtest/gtest.h>

namespace firebreak {
namespace {

TEST(AppendRfc3339, StaysParsableAtTheEdges) {
  std::string text;
  AppendRfc3339(absl::FromUnixMicros(-1), &text);
  EXPECT_EQ(text, "1969-12-31T23:59:59.999999Z");
  text.clear();
  AppendRfc3339(absl::InfiniteFuture(), &text);
  EXPECT_EQ(text, "9999-12-31T23:59:59.999999Z");
  text.clear();
  AppendRfc3339(absl::InfinitePast(), &text);
  EXPECT_EQ(text, "0000-01-01T00:00:00.000000Z");
}

TEST(UtcText, ShowsTheFractionThatIsAskedForAndDropsTheRest) {
  const absl::Time time = absl::FromUnixNanos(1'795'300'496'123'456'999);
  EXPECT_EQ(UtcText(time), "2026-11-21T22:34:56Z");
  EXPECT_EQ(UtcText(time, 3), "2026-11-21T22:34:56.123Z");
  EXPECT_EQ(UtcText(time, 6), "2026-11-21T22:34:56.123456Z");
}

TEST(UtcText, AMomentBefore1970IsNotRoundedUp) {
  EXPECT_EQ(UtcText(absl::FromUnixNanos(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(UtcText(absl::FromUnixNanos(-1), 6), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace firebreak
