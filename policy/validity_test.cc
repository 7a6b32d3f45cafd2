#include "policy/validity.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

absl::Time At(absl::string_view text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

WeeklyWindow Window(uint8_t days, int from, int to, const char* zone) {
  WeeklyWindow window{.days = days, .from = from, .to = to, .zone = {}};
  EXPECT_TRUE(absl::LoadTimeZone(zone, &window.zone));
  return window;
}

constexpr uint8_t kMonday = 1;
constexpr uint8_t kFriday = 1 << 4;
constexpr uint8_t kSaturday = 1 << 5;
constexpr uint8_t kSunday = 1 << 6;
constexpr uint8_t kEveryDay = 0x7f;

std::string RuleWith(absl::string_view validity, absl::string_view fields = "") {
  return PolicyText("p", fields, absl::StrCat("  - {validity: ", validity, "}"));
}

std::string AnswerAt(const std::string& text, absl::string_view time) {
  Question question{"td/ns/shop/sa/web"};
  question.now = At(time);
  return AnswerTo(text, question);
}

std::string ErrorsOfValidity(absl::string_view validity) { return ErrorsOf(RuleWith(validity)); }

TEST(WeeklyWindow, IsOpenInTheHoursOfItsZone) {
  const WeeklyWindow window = Window(kMonday, 8 * 60, 18 * 60, "Europe/Berlin");
  EXPECT_FALSE(window.Contains(At("2026-01-05T06:59:59Z")));  // a Monday, 07:59:59 there
  EXPECT_TRUE(window.Contains(At("2026-01-05T07:00:00Z")));
  EXPECT_TRUE(window.Contains(At("2026-01-05T16:59:59Z")));
  EXPECT_FALSE(window.Contains(At("2026-01-05T17:00:00Z")));
  EXPECT_FALSE(window.Contains(At("2026-01-06T10:00:00Z")));
}

TEST(WeeklyWindow, OverMidnightItBelongsToTheDayOnWhichItBegins) {
  const WeeklyWindow window = Window(kFriday, 22 * 60, 6 * 60, "UTC");
  EXPECT_TRUE(window.Contains(At("2026-01-02T22:00:00Z")));
  EXPECT_TRUE(window.Contains(At("2026-01-03T05:59:00Z")));
  EXPECT_FALSE(window.Contains(At("2026-01-03T06:00:00Z")));
  EXPECT_FALSE(window.Contains(At("2026-01-02T05:00:00Z")));
  EXPECT_FALSE(window.Contains(At("2026-01-03T22:00:00Z")));
}

TEST(WeeklyWindow, FollowsTheClockOnTheWallWhereThatIsSet) {
  // 2026-03-29: from 02:00 to 03:00. 2026-10-25: from 03:00 back to 02:00.
  const WeeklyWindow skipped = Window(kSunday, 2 * 60, 3 * 60, "Europe/Berlin");
  for (const char* time : {"2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"}) {
    EXPECT_FALSE(skipped.Contains(At(time))) << time;
  }
  const WeeklyWindow begins = Window(kSunday, 2 * 60 + 30, 4 * 60, "Europe/Berlin");
  EXPECT_FALSE(begins.Contains(At("2026-03-29T00:59:59Z")));
  EXPECT_TRUE(begins.Contains(At("2026-03-29T01:00:00Z")));
  const WeeklyWindow twice = Window(kSunday, 2 * 60, 2 * 60 + 30, "Europe/Berlin");
  EXPECT_TRUE(twice.Contains(At("2026-10-25T00:10:00Z")));
  EXPECT_FALSE(twice.Contains(At("2026-10-25T00:40:00Z")));
  EXPECT_TRUE(twice.Contains(At("2026-10-25T01:10:00Z")));
  EXPECT_FALSE(twice.Contains(At("2026-10-25T01:40:00Z")));
}

// Nothing changes between two edges, looked at minute by minute over the weekends on which clocks
// are set, and over the day that Samoa left out.
TEST(WeeklyWindow, ChangesAtNoTimeThatIsNoEdge) {
  struct Case {
    const char* zone;
    const char* begin;
  };
  for (const Case& c : {Case{"Europe/Berlin", "2026-03-27T00:00:00Z"},
                        Case{"Europe/Berlin", "2026-10-23T00:00:00Z"},
                        Case{"America/New_York", "2026-03-06T00:00:00Z"},
                        Case{"Australia/Lord_Howe", "2026-04-03T00:00:00Z"},
                        Case{"Pacific/Apia", "2011-12-28T00:00:00Z"}}) {
    for (const WeeklyWindow& window :
         {Window(kEveryDay, 2 * 60, 3 * 60, c.zone), Window(kSunday, 90, 150, c.zone),
          Window(kSaturday | kFriday, 22 * 60, 2 * 60 + 30, c.zone),
          Window(kSunday, 0, 24 * 60, c.zone)}) {
      const absl::Time end = At(c.begin) + absl::Hours(24 * 5);
      TimeSpan stable = window.StableAround(At(c.begin));
      bool open = window.Contains(At(c.begin));
      for (absl::Time t = At(c.begin); t < end; t += absl::Minutes(1)) {
        if (!stable.Contains(t)) {
          stable = window.StableAround(t);
          ASSERT_TRUE(stable.Contains(t)) << c.zone << " " << t;
          open = window.Contains(t);
        }
        ASSERT_EQ(window.Contains(t), open) << c.zone << " " << t;
      }
    }
  }
}

TEST(Validity, RuleHoldsFromItsBeginningUntilItsEnd) {
  const std::string text =
      RuleWith("{not_before: 2026-01-01T00:00:00Z, not_after: 2026-02-01T00:00:00Z}");
  EXPECT_EQ(AnswerAt(text, "2025-12-31T23:59:59Z"), "DROPPED EXPIRED_GRANT shop/p rules[0]");
  EXPECT_EQ(AnswerAt(text, "2026-01-01T00:00:00Z"), "FORWARDED shop/p rules[0]");
  EXPECT_EQ(AnswerAt(text, "2026-01-31T23:59:59Z"), "FORWARDED shop/p rules[0]");
  EXPECT_EQ(AnswerAt(text, "2026-02-01T00:00:00Z"), "DROPPED EXPIRED_GRANT shop/p rules[0]");
}

TEST(Validity, RuleThatWouldNotMatchAnywayIsNoExpiredGrant) {
  const std::string text = PolicyText(
      "p", "",
      "  - {from: [{source: {namespaces: [web]}}], validity: {not_after: 2026-01-01T00:00:00Z}}");
  EXPECT_EQ(AnswerAt(text, "2026-06-01T00:00:00Z"), "DROPPED NO_RULE");
}

TEST(Validity, DenyOutsideItsValidityDeniesNothing) {
  const std::string text = absl::StrCat(
      RuleWith("{not_after: 2026-02-01T00:00:00Z}", "action: DENY"), PolicyText("q", "", "  - {}"));
  EXPECT_EQ(AnswerAt(text, "2026-01-15T00:00:00Z"), "DROPPED EXPLICIT_DENY shop/p rules[0]");
  EXPECT_EQ(AnswerAt(text, "2026-02-01T00:00:00Z"), "FORWARDED shop/q rules[0]");
}

TEST(Validity, HoldsAgainWhenTheClockIsSetBack) {
  Authorizer authorizer(MustLoad(RuleWith("{not_after: 2026-02-01T00:00:00Z}")), 1);
  Question question{"td/ns/shop/sa/web"};
  for (const char* time :
       {"2026-01-31T00:00:00Z", "2026-02-02T00:00:00Z", "2026-01-31T00:00:00Z"}) {
    question.now = At(time);
    EXPECT_EQ(Decide(authorizer, question).allowed, question.now < At("2026-02-01T00:00:00Z"));
  }
}

TEST(Validity, PolicySetTellsWhenToAskAgain) {
  const auto policy = MustLoad(PolicyText(
      "p", "",
      "  - {validity: {not_before: 2026-01-10T00:00:00Z, not_after: 2026-01-20T00:00:00Z}}\n"
      "  - {validity: {weekly: [{days: [THU], from: '08:00', to: '09:00', time_zone: UTC}]}}"));
  const TimeSpan before = policy->StableAround(At("2026-01-09T12:00:00Z"));
  EXPECT_EQ(before.until, At("2026-01-10T00:00:00Z"));
  EXPECT_GE(before.from, At("2026-01-09T00:00:00Z"));
  const TimeSpan open = policy->StableAround(At("2026-01-15T08:30:00Z"));
  EXPECT_EQ(open.from, At("2026-01-15T08:00:00Z"));
  EXPECT_EQ(open.until, At("2026-01-15T09:00:00Z"));
  const TimeSpan always =
      MustLoad(PolicyText("p", "", "  - {}"))->StableAround(At("2026-01-01T00:00:00Z"));
  EXPECT_EQ(always.until, absl::InfiniteFuture());
  EXPECT_EQ(always.from, absl::InfinitePast());
}

TEST(Validity, RefusesWhatCannotBeUnderstoodOrNeverHolds) {
  EXPECT_THAT(ErrorsOfValidity("{}"), HasSubstr("FB0303"));
  EXPECT_THAT(ErrorsOfValidity("{weekly: []}"), HasSubstr("FB0303"));
  EXPECT_THAT(ErrorsOfValidity("{not_before: yesterday}"), HasSubstr("FB0113"));
  EXPECT_THAT(
      ErrorsOfValidity("{not_before: 2026-02-01T00:00:00Z, not_after: 2026-02-01T00:00:00Z}"),
      HasSubstr("policy.yaml:7:6: error[FB0310]: \"not_after\" is not later"));
  EXPECT_THAT(ErrorsOfValidity("{weekly: [{days: [MON]}]}"), HasSubstr("needs a \"time_zone\""));
  EXPECT_THAT(ErrorsOfValidity("{weekly: [{days: [MON, Tue], time_zone: UTC}]}"),
              HasSubstr("\"Tue\" is no day"));
  EXPECT_THAT(ErrorsOfValidity("{weekly: [{days: [], time_zone: UTC}]}"), HasSubstr("FB0303"));
  for (const char* time : {"8:00", "24:01", "08:60", "noon", "", "08-00", "+8:00", " 8:00"}) {
    EXPECT_THAT(ErrorsOfValidity(absl::StrCat("{weekly: [{from: '", time, "', time_zone: UTC}]}")),
                HasSubstr("is no time of day"))
        << time;
  }
  EXPECT_THAT(ErrorsOfValidity("{weekly: [{from: '24:00', time_zone: UTC}]}"),
              HasSubstr("begins at 24:00"));
  EXPECT_THAT(ErrorsOfValidity("{weekly: [{from: '08:00', to: '08:00', time_zone: UTC}]}"),
              HasSubstr("ends when it begins"));
}

TEST(Validity, RefusesZonesThatAreNone) {
  for (const char* zone : {"Mars/Olympus", "", "/etc/passwd", "../../etc/passwd", "localtime",
                           "CET/", ":UTC", "Fixed/UTC+01:00:00"}) {
    const std::string errors =
        ErrorsOfValidity(absl::StrCat("{weekly: [{time_zone: '", zone, "'}]}"));
    EXPECT_THAT(errors, HasSubstr("error[FB0310]")) << zone;
    EXPECT_THAT(errors, HasSubstr("such as Europe/Berlin")) << zone;
  }
}

TEST(Validity, RefusesMoreWindowsThanAWorkerCanLookAt) {
  std::string rules;
  for (int i = 0; i < 129; ++i) {
    absl::StrAppend(&rules, "  - {validity: {weekly: [{from: '0", i / 60, ":",
                    i % 60 < 10 ? "0" : "", i % 60, "', to: '23:00', time_zone: UTC}]}}\n");
  }
  std::string errors;
  EXPECT_EQ(LoadForTest(PolicyText("p", "", rules), &errors), nullptr);
  EXPECT_THAT(errors, HasSubstr("more than 128 different weekly windows"));
}

}  // namespace
}  // namespace firebreak::policy
