#include "inspect/disclosure/disclosure_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

using Found = std::set<Disclosure>;

Found Scan(absl::string_view bytes, size_t piece = SIZE_MAX) {
  Found found;
  const auto note = [&found](Disclosure disclosure, absl::string_view excerpt) {
    EXPECT_TRUE(found.insert(disclosure).second);
    EXPECT_LE(excerpt.size(), DisclosureScanner::kAhead);
  };
  DisclosureScanner scanner;
  while (!bytes.empty()) {
    scanner.Feed(bytes.substr(0, piece), note);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return found;
}

TEST(Disclosure, KnowsWhatAttacksBringAbout) {
  const std::pair<absl::string_view, Disclosure> cases[] = {
      {"Error: You have an error in your SQL syntax; check", Disclosure::kDatabaseError},
      {"ORA-00933: SQL command not properly ended", Disclosure::kDatabaseError},
      {"SQLSTATE[42000]: Syntax error", Disclosure::kDatabaseError},
      {"\n\tat com.shop.Orders.find(Orders.java:12)\n", Disclosure::kStackTrace},
      {"Traceback (most recent call last):\n", Disclosure::kStackTrace},
      {"<b>Fatal error</b>: x in <b>/srv/a.php</b> on line <b>3</b>", Disclosure::kStackTrace},
      {"goroutine 17 [running]:\n", Disclosure::kStackTrace},
      {"<html><title>Index of /backup</title>", Disclosure::kDirectoryListing},
      {"<pre>root:x:0:0:root:/root:/bin/bash", Disclosure::kSystemFile},
      {"uid=33(www-data) gid=33(www-data)", Disclosure::kCommandOutput},
      {"<?php echo 1;", Disclosure::kSourceCode},
  };
  for (const auto& [body, disclosure] : cases) EXPECT_EQ(Scan(body), Found({disclosure})) << body;
}

TEST(Disclosure, LeavesOrdinaryPagesAlone) {
  for (const absl::string_view body :
       {"ORA-hosts, ORA-123", "Fatal error: the printer is out of paper", "uid=33&gid=33",
        "\tat the office, on line 3", "goroutine 7 is a band", "<title>Index of names</title>",
        "SQLSTATE[]", "A traceback is a report.", "root beer:x:0"}) {
    EXPECT_EQ(Scan(body), Found()) << body;
  }
}

TEST(Disclosure, FindsTheSameHoweverTheBodyIsCut) {
  const std::string body =
      absl::StrCat(std::string(1'000, 'u'), "uid=0(root) gid=0(root)\n", std::string(95, '\t'),
                   "\tat a.b(C.java:1)\n", std::string(300, '<'), "root:x:0:0:root:/root:/bin/sh");
  const Found whole = Scan(body);
  EXPECT_EQ(whole.size(), 3U);
  for (size_t piece = 1; piece < 400; ++piece) EXPECT_EQ(Scan(body, piece), whole) << piece;
}

TEST(Disclosure, IsToldWithThePieceThatCompletesItsSign) {
  const absl::string_view before = "....uid=0(root) gid";
  int told = 0;
  const auto note = [&told](Disclosure, absl::string_view) { ++told; };
  DisclosureScanner scanner;
  scanner.Feed(before, note);
  EXPECT_EQ(told, 0);
  scanner.Feed("=", note);
  EXPECT_EQ(told, 1);
  scanner.Feed(std::string(300, '.'), note);
  EXPECT_EQ(told, 1);
}

TEST(Disclosure, EachHasItsRowInTheGuide) {
  std::ifstream in(FIREBREAK_INSPECTION_GUIDE);
  std::ostringstream guide;
  guide << in.rdbuf();
  for (size_t i = 0; i < kDisclosures; ++i) {
    const RuleInfo& rule = DisclosureRule(static_cast<Disclosure>(i));
    const std::string row =
        absl::StrCat("| `", rule.id, "` | ", CategoryName(rule.category), " | ", rule.severity,
                     " | ", rule.paranoia, " | ", rule.why, " |\n");
    EXPECT_TRUE(absl::StrContains(guide.str(), row)) << row;
  }
}

}  // namespace
}  // namespace firebreak::inspect
