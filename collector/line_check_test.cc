#include "collector/line_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

#include "collector/testing.h"

namespace firebreak::collector {
namespace {

using ::testing::HasSubstr;

std::string WhyNot(const std::string& text) {
  return std::string(CheckLines(text, kSender).status.message());
}

TEST(CheckLines, TakesAStretchOfTheSendersOwnRun) {
  const CheckedLines checked = CheckLines(TestLines(5, 7) + TestLine(9), kSender);
  ASSERT_TRUE(checked.status.ok()) << checked.status;
  EXPECT_EQ(checked.flows.size(), 4);
  EXPECT_EQ(checked.flows.back().sequence, 9);
  EXPECT_EQ(checked.run, 0x00112233445566aa);
}

TEST(CheckLines, RefusesAReporterThatTheSenderIsNotAndSaysWho) {
  const CheckedLines checked = CheckLines(TestLine(1) + TestLine(2, kVictim), kSender);
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

TEST(CheckLines, RefusesLinesWithoutAReporter) {
  const CheckedLines checked = CheckLines(TestLine(1, ""), kSender);
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
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines("\n", kSender).status));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines(TestLine(1) + "\n", kSender).status));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckLines("{\n", kSender).status));
}

TEST(CheckLines, FieldsOfALaterVersionArePassedOver) {
  const std::string later =
      absl::StrReplaceAll(TestLine(1), {{"{\"time\"", "{\"colour\":[1,{}],\"time\""}});
  EXPECT_TRUE(CheckLines(later, kSender).status.ok());
}

TEST(CheckLines, WhatALiarSaysCannotMoveACursor) {
  EXPECT_THAT(WhyNot(TestLine(1, "\\u001b[2J")), HasSubstr("\\x1b[2J"));
}

}  // namespace
}  // namespace firebreak::collector
