// docs/reference/http.md against the code: every rejection has its row, every row is a rejection.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "gtest/gtest.h"
#include "http/fault.h"
#include "http/known_field.h"

namespace firebreak::http {
namespace {

std::string Reference() {
  std::ifstream file(FIREBREAK_HTTP_REFERENCE);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string RowOf(const Rejection& rejection) {
  return absl::StrCat("\n| `", rejection.code, "` | ", rejection.status, " | ",
                      rejection.malformed ? "yes" : "", rejection.malformed ? " | " : "| ");
}

TEST(HttpReference, HasARowForEveryRejection) {
  const std::string page = Reference();
  for (const Rejection& rejection : AllRejections()) {
    EXPECT_TRUE(absl::StrContains(page, RowOf(rejection))) << "no row" << RowOf(rejection);
  }
}

TEST(HttpReference, HasNoRowForAnythingElse) {
  std::set<std::string> codes;
  for (const Rejection& rejection : AllRejections()) codes.emplace(rejection.code);
  EXPECT_EQ(codes.size(), AllRejections().size()) << "a code is used twice";
  const std::string page = Reference();
  size_t rows = 0;
  for (absl::string_view row : absl::StrSplit(page.substr(page.find("\n## Rejections\n")), '\n')) {
    if (!absl::ConsumePrefix(&row, "| `")) continue;
    ++rows;
    const std::string code(row.substr(0, row.find('`')));
    EXPECT_EQ(codes.count(code), 1U) << code;
  }
  EXPECT_EQ(rows, codes.size());
}

TEST(HttpReference, NamesEveryFieldThatIsTreated) {
  const std::string page = Reference();
  for (const KnownField& field : kKnownFields) {
    EXPECT_TRUE(absl::StrContains(page, absl::StrCat("`", field.name, "`"))) << field.name;
  }
}

}  // namespace
}  // namespace firebreak::http
