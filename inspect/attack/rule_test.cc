#include "inspect/attack/rule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

TEST(Rule, IdentifiersAreUniqueAndInTheOrderOfTheirCategories) {
  std::set<std::string> seen;
  for (size_t i = 0; i < kRuleCount; ++i) {
    const RuleInfo& info = InfoOf(static_cast<Rule>(i));
    EXPECT_TRUE(seen.insert(std::string(info.id)).second) << info.id;
    EXPECT_TRUE(absl::StartsWith(info.id, "FBI-")) << info.id;
    EXPECT_GE(info.severity, kNotice) << info.id;
    EXPECT_LE(info.severity, kCritical) << info.id;
    EXPECT_GE(info.paranoia, 1) << info.id;
    EXPECT_LE(info.paranoia, 4) << info.id;
    EXPECT_TRUE(absl::EndsWith(info.why, ".")) << info.id;
    if (i == 0) continue;
    EXPECT_LE(InfoOf(static_cast<Rule>(i - 1)).category, info.category) << info.id;
  }
  EXPECT_EQ(InfoOf(Rule::kSqlUnion).id, "FBI-SQL-001");
  EXPECT_EQ(InfoOf(Rule::kPathSecretFile).id, "FBI-LFI-002");
  EXPECT_EQ(InfoOf(Rule::kLookupJndi).id, "FBI-JNDI-001");
  EXPECT_EQ(InfoOf(Rule::kObjectTyped).id, "FBI-OBJ-006");
}

TEST(Rule, EachHasItsRowInTheGuide) {
  std::ifstream in(FIREBREAK_INSPECTION_GUIDE);
  std::ostringstream guide;
  guide << in.rdbuf();
  for (size_t i = 0; i < kRuleCount; ++i) {
    const RuleInfo& info = InfoOf(static_cast<Rule>(i));
    const std::string row =
        absl::StrCat("| `", info.id, "` | ", CategoryName(info.category), " | ", info.severity,
                     " | ", info.paranoia, " | ", info.why, " |\n");
    EXPECT_TRUE(absl::StrContains(guide.str(), row)) << row;
  }
}

}  // namespace
}  // namespace firebreak::inspect
