// The runbook for what was refused knows each reason that a flow record may give.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/verdict.h"

namespace firebreak::cli {
namespace {

std::string ReadDocument(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(absl::StrCat(FIREBREAK_SOURCE_DIR, "/docs/", path)).rdbuf();
  return text.str();
}

// The first cells of a page's tables, one after the other.
std::string FirstCells(const std::string& page) {
  std::string cells;
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits('|', 2));
    if (parts.size() == 3) absl::StrAppend(&cells, parts[1], "\n");
  }
  return cells;
}

TEST(Runbook, HasARowForEachReasonOfARefusal) {
  for (const char* page : {"runbooks/denied.md", "reference/flows.md"}) {
    const std::string cells = FirstCells(ReadDocument(page));
    ASSERT_FALSE(cells.empty()) << page;
    for (int i = 1; i < kReasonCount; ++i) {  // kNone is no refusal
      const auto name = absl::StrCat("`", ReasonName(static_cast<Reason>(i)), "`");
      EXPECT_TRUE(absl::StrContains(cells, name)) << page << " has no row for " << name;
    }
  }
}

}  // namespace
}  // namespace firebreak::cli
