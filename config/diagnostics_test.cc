#include "config/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/did_you_mean.h"
#include "config/source_map.h"
#include "config/source_text.h"

namespace firebreak::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Diagnostics, FormatsPositionCodeSourceLineCaretAndHelp) {
  const SourceText source("policy.yaml", "spec:\n  - principles: [x]\n");
  Diagnostics diagnostics;
  source.Report({1, 4}, ErrorCode::kUnknownField, "unknown field \"principles\"",
                "did you mean \"principals\"?", &diagnostics);
  EXPECT_EQ(diagnostics.Format(/*color=*/false),
            "policy.yaml:2:5: error[FB0104]: unknown field \"principles\"\n"
            "    - principles: [x]\n"
            "      ^\n"
            "help: did you mean \"principals\"?\n");
  EXPECT_FALSE(diagnostics.ok());
}

TEST(Diagnostics, WarningsAreSaidAndDoNotFail) {
  Diagnostics diagnostics;
  diagnostics.Warning(ErrorCode::kPolicyNeverMatches, "p.yaml", "never matches", "remove it");
  EXPECT_TRUE(diagnostics.ok());
  EXPECT_EQ(diagnostics.warning_count(), 1);
  EXPECT_EQ(diagnostics.Format(false), "p.yaml: warning[FB0351]: never matches\nhelp: remove it\n");
}

TEST(Diagnostics, KeepsTwentyAndCountsTheRest) {
  Diagnostics diagnostics;
  for (int i = 0; i < 23; ++i) {
    diagnostics.Error(ErrorCode::kSyntax, "f", absl::StrCat("number ", i));
  }
  diagnostics.Warning(ErrorCode::kPolicyNeverMatches, "f", "still said");
  EXPECT_EQ(diagnostics.error_count(), 23);
  EXPECT_EQ(diagnostics.items().size(), 21u);
  const std::string text = diagnostics.Format(false);
  EXPECT_THAT(text, HasSubstr("number 19\n"));
  EXPECT_THAT(text, Not(HasSubstr("number 20")));
  EXPECT_THAT(text, HasSubstr("still said"));
  EXPECT_TRUE(absl::EndsWith(text, "... and 3 more errors\n"));
}

TEST(Diagnostics, EscapesWhatCameFromTheFileAndKeepsTheCaretUnderIt) {
  const SourceText source("a\x1b[2Jb.yaml", "k: \x1b[31m\xff x");
  Diagnostics diagnostics;
  source.Report({0, 3}, ErrorCode::kEncoding, "bad \x07", "also \x1b", &diagnostics);
  EXPECT_EQ(diagnostics.Format(false),
            "a\\x1b[2Jb.yaml:1:4: error[FB0108]: bad \\x07\n"
            "  k: \\x1b[31m\\xff x\n"
            "     ^\n"
            "help: also \\x1b\n");
}

TEST(Diagnostics, ColourIsOnlyThereWhenAskedFor) {
  Diagnostics diagnostics;
  diagnostics.Error(ErrorCode::kSyntax, "f", "m");
  EXPECT_THAT(diagnostics.Format(false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(diagnostics.Format(true), HasSubstr("\x1b[1;31merror[FB0107]\x1b[0m: m"));
}

TEST(SourceText, CountsColumnsInCharacters) {
  const SourceText source("f", "é: ü x\r\n");
  Diagnostics diagnostics;
  source.Report({0, 7}, ErrorCode::kSyntax, "m", "", &diagnostics);
  const Diagnostic& diagnostic = diagnostics.items()[0];
  EXPECT_EQ(diagnostic.line, 1);
  EXPECT_EQ(diagnostic.column, 6);
  EXPECT_EQ(diagnostic.source_line, "é: ü x");
}

TEST(SourceText, ShowsAWindowOfALongLine) {
  const std::string line = absl::StrCat(std::string(5000, 'a'), "X", std::string(5000, 'b'));
  const SourceText source("f", line);
  Diagnostics diagnostics;
  source.Report({0, 5000}, ErrorCode::kSyntax, "m", "", &diagnostics);
  const Diagnostic& diagnostic = diagnostics.items()[0];
  EXPECT_EQ(diagnostic.column, 5001);
  EXPECT_LT(diagnostic.source_line.size(), 200u);
  EXPECT_EQ(diagnostic.source_line[static_cast<size_t>(diagnostic.caret)], 'X');
}

TEST(SourceText, FindsThePositionOfAnOffset) {
  const SourceText source("f", "ab\n\ncd");
  EXPECT_EQ(source.PositionOf(0), (SourcePosition{0, 0}));
  EXPECT_EQ(source.PositionOf(2), (SourcePosition{0, 2}));
  EXPECT_EQ(source.PositionOf(3), (SourcePosition{1, 0}));
  EXPECT_EQ(source.PositionOf(5), (SourcePosition{2, 1}));
  EXPECT_EQ(source.Line(7), "");
}

TEST(SourceMap, ReportsAtTheNearestKnownPath) {
  SourceMap map(std::make_shared<const SourceText>("f.yaml", "spec:\n  rules: []\n"));
  map.Record("", {0, 0});
  map.Record("spec", {0, 0});
  map.Record("spec.rules", {1, 2});
  EXPECT_TRUE(map.Contains("spec.rules"));
  EXPECT_FALSE(map.Contains("spec.rules[0]"));
  Diagnostics diagnostics;
  map.Report("spec.rules[3].from", ErrorCode::kPolicyEmpty, "m", "", &diagnostics);
  EXPECT_EQ(diagnostics.items()[0].line, 2);
  EXPECT_EQ(diagnostics.items()[0].column, 3);
}

TEST(SourceMap, WithoutAFileStillReports) {
  Diagnostics diagnostics;
  SourceMap().Warn("a.b", ErrorCode::kPolicyEmpty, "m", "", &diagnostics);
  EXPECT_EQ(diagnostics.Format(false), ": warning[FB0303]: m\n");
}

std::string Suggestion(absl::string_view wrong) {
  return DidYouMean(wrong, {"principals", "namespaces", "serviceAccounts", "ports", "to"});
}

TEST(DidYouMean, FindsSlipsOfTheKeyboard) {
  EXPECT_EQ(Suggestion("principles"), "did you mean \"principals\"?");
  EXPECT_EQ(Suggestion("prots"), "did you mean \"ports\"?");
  EXPECT_EQ(Suggestion("port"), "did you mean \"ports\"?");
  EXPECT_EQ(Suggestion("service_accounts"), "did you mean \"serviceAccounts\"?");
  EXPECT_EQ(Suggestion("NAMESPACES"), "did you mean \"namespaces\"?");
}

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(Suggestion(""), "");
  EXPECT_EQ(Suggestion("xy"), "");
  EXPECT_EQ(Suggestion("destination"), "");
  EXPECT_EQ(Suggestion(std::string(100'000, 'p')), "");
}

TEST(ErrorCodes, AreListedOnceInOrderWithAMeaning) {
  int last = 0;
  for (const ErrorCodeInfo& info : AllErrorCodes()) {
    EXPECT_GT(static_cast<int>(info.code), last) << ErrorCodeName(info.code);
    EXPECT_FALSE(info.meaning.empty()) << ErrorCodeName(info.code);
    last = static_cast<int>(info.code);
  }
  EXPECT_EQ(ErrorCodeName(ErrorCode::kUnknownField), "FB0104");
}

}  // namespace
}  // namespace firebreak::config
