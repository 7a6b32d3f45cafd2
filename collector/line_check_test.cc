#include "collector/line_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/principal_syntax.h"
#include "collector/testing.h"

namespace firebreak::collector {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string WhyNot(const std::string& text) {
  return std::string(CheckLines(text, kSender, kNow).status.message());
}

TEST(CheckLines, TakesAStretchOfTheSendersOwnRun) {
  const CheckedLines checked = CheckLines(TestLines(5, 7) + TestLine(9), kSender, kNow);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  EXPECT_EQ(checked.flows.size(), 4);
  EXPECT_EQ(checked.flows.back().sequence, 9);
  EXPECT_EQ(checked.run, 0x00112233445566aa);
}

TEST(CheckLines, RefusesAReporterThatTheSenderIsNotAndSaysWho) {
  const CheckedLines checked = CheckLines(TestLine(1) + TestLine(2, kVictim), kSender, kNow);
  EXPECT_TRUE(absl::IsPermissionDenied(checked.status));
  EXPECT_EQ(checked.claimed, kVictim);
  EXPECT_TRUE(checked.flows.empty() || !checked.status.ok());
  EXPECT_THAT(std::string(checked.status.message()), HasSubstr("line 2: reporter.principal is"));
}

TEST(CheckLines, RefusesAnotherPrincipalAtTheReportersOwnEnd) {
  const std::string own = absl::StrCat(R"("destination":{"principal":")", kSender);
  const std::string theirs = absl::StrCat(R"("destination":{"principal":")", kVictim);
  const std::string inbound = absl::StrReplaceAll(TestLine(1), {{own, theirs}});
  EXPECT_THAT(WhyNot(inbound), HasSubstr("destination.principal is"));
  const std::string outbound = absl::StrReplaceAll(
      inbound, {{"INBOUND", "OUTBOUND"}, {"ns/shop/sa/web", "ns/shop/sa/payments"}});
  EXPECT_THAT(WhyNot(outbound), HasSubstr("source.principal is"));
}

TEST(CheckLines, RefusesAFlowWhoseReporterDoesNotNameItselfAtItsEnd) {
  const std::string own = absl::StrCat(R"("destination":{"principal":")", kSender, "\"}");
  for (const char* nobody : {R"("destination":{"ip":"6.6.6.6"})", R"("destination":{})"}) {
    EXPECT_THAT(WhyNot(absl::StrReplaceAll(TestLine(1), {{own, nobody}})),
                HasSubstr("destination.principal is \"\""));
  }
}

// Without a direction both ends would be free to be anybody's.
TEST(CheckLines, RefusesALineOfAFlowThatDoesNotSayWhichEndIsTheReporters) {
  const std::string line = TestLine(1);
  for (const char* event : {"CLOSE", "OPEN", "ROLLUP", "OF_A_LATER_VERSION"}) {
    const std::string of_event =
        absl::StrReplaceAll(line, {{"\"CLOSE\"", absl::StrCat("\"", event, "\"")}});
    EXPECT_TRUE(CheckLines(of_event, kSender, kNow).status.ok()) << event;
    for (const char* direction : {"", R"("direction":"SIDEWAYS",)", R"("direction":"inbound",)"}) {
      const std::string free =
          absl::StrReplaceAll(of_event, {{R"("direction":"INBOUND",)", direction}});
      EXPECT_THAT(WhyNot(free), HasSubstr("its direction is neither")) << event << direction;
    }
  }
  for (const char* event : {"HEAD", "LOST"}) {
    const std::string of_log = absl::StrReplaceAll(
        line, {{R"("direction":"INBOUND",)", ""}, {"\"CLOSE\"", absl::StrCat("\"", event, "\"")}});
    EXPECT_TRUE(CheckLines(of_log, kSender, kNow).status.ok()) << event;
  }
}

TEST(CheckLines, RefusesAnAddressThatIsSomebodysName) {
  const std::string peer = R"("source":{"principal":"shop.example/ns/shop/sa/web")";
  const auto with_ip = [&](const std::string& ip) {
    return absl::StrReplaceAll(TestLine(1),
                               {{peer, absl::StrCat(R"("source":{"ip":")", ip, "\"")}});
  };
  EXPECT_THAT(WhyNot(with_ip(kVictim)), HasSubstr("an ip that is none"));
  EXPECT_TRUE(CheckLines(with_ip("10.0.0.1"), kSender, kNow).status.ok());
  EXPECT_TRUE(CheckLines(with_ip("fd00::1"), kSender, kNow).status.ok());
}

TEST(CheckLines, RefusesWhatHasNotHappened) {
  const auto at = [](absl::Time time) {
    return absl::StrReplaceAll(TestLine(1),
                               {{"2025-11-22T10:00:00.000000Z",
                                 absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone())}});
  };
  EXPECT_TRUE(CheckLines(at(kNow + kMaxAhead), kSender, kNow).status.ok()) << "clocks differ";
  EXPECT_THAT(WhyNot(at(kNow + kMaxAhead + absl::Microseconds(1))), HasSubstr("a day ahead"));
  EXPECT_THAT(WhyNot(absl::StrReplaceAll(TestLine(1), {{"2025-11-22T", "9999-11-22T"}})),
              HasSubstr("a day ahead"));
}

// The catalog keeps names for longer than lines.
TEST(CheckLines, RefusesNamesThatNobodyHas) {
  const auto with_peer = [](size_t bytes) {
    return absl::StrReplaceAll(TestLine(1), {{"shop.example/ns/shop/sa/web",
                                              absl::StrCat("d/", std::string(bytes - 2, 'x'))}});
  };
  EXPECT_TRUE(CheckLines(with_peer(kMaxPrincipalBytes), kSender, kNow).status.ok());
  EXPECT_THAT(WhyNot(with_peer(kMaxPrincipalBytes + 1)), HasSubstr("a principal longer than any"));
  const std::string word(kMaxWordBytes + 1, 'X');
  EXPECT_THAT(WhyNot(absl::StrReplaceAll(TestLine(1), {{"FORWARDED", word}})),
              HasSubstr("a word longer than any"));
  for (const char* field : {"\"reason\":\"", "\"lost\":{\"cause\":\"", "\"lost\":{\"sink\":\""}) {
    const bool nested = absl::StrContains(field, "{");
    const std::string line = absl::StrReplaceAll(
        TestLine(1),
        {{"{\"time\"", absl::StrCat("{", field, word, nested ? "\"}" : "\"", ",\"time\"")}});
    EXPECT_THAT(WhyNot(line), HasSubstr("a word longer than any")) << field;
  }
}

TEST(CheckLines, RefusesLinesWithoutAReporter) {
  const CheckedLines checked = CheckLines(TestLine(1, ""), kSender, kNow);
  EXPECT_TRUE(absl::IsPermissionDenied(checked.status));
}

TEST(CheckLines, RefusesWhatIsNoStretchOfOneRun) {
  EXPECT_THAT(WhyNot(TestLine(2) + TestLine(1)), HasSubstr("does not follow"));
  EXPECT_THAT(WhyNot(TestLine(2) + TestLine(2)), HasSubstr("does not follow"));
  EXPECT_THAT(WhyNot(TestLine(1) + TestLine(2, kSender, "00112233445566ab")),
              HasSubstr("does not follow"));
  EXPECT_THAT(WhyNot(TestLine(0)), HasSubstr("no sequence"));
  for (const char* run : {"", "0011", "00112233445566AA", "00112233445566ag", "0x112233445566aa"}) {
    EXPECT_THAT(WhyNot(TestLine(1, kSender, run)), HasSubstr("no run_id")) << run;
  }
}

TEST(CheckLines, RefusesWhatIsNoLine) {
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines("\n", kSender, kNow).status));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines(TestLine(1) + "\n", kSender, kNow).status));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines("{\n", kSender, kNow).status));
}

TEST(CheckLines, FieldsOfALaterVersionArePassedOver) {
  const std::string later =
      absl::StrReplaceAll(TestLine(1), {{"{\"time\"", "{\"colour\":[1,{}],\"time\""}});
  EXPECT_TRUE(CheckLines(later, kSender, kNow).status.ok());
}

TEST(CheckLines, WhatALiarSaysCannotMoveACursor) {
  EXPECT_THAT(WhyNot(TestLine(1, "\\u001b[2J")), HasSubstr("\\x1b[2J"));
}

}  // namespace
}  // namespace firebreak::collector
