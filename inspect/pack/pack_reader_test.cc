#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "inspect/pack/rule_pack.h"
#include "inspect/pack/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;

std::string ErrorsOf(absl::string_view text) {
  config::Diagnostics diagnostics;
  EXPECT_EQ(ReadPack("pack.yaml", text, &diagnostics), nullptr);
  return diagnostics.Format(/*color=*/false);
}

TEST(PackReader, ReadsARuleWithAllItSays) {
  config::Diagnostics diagnostics;
  const auto pack = ReadPack("pack.yaml", R"(
pack: shop-patches
version: 3
rules:
- id: SHOP-2026-7
  cve: [CVE-2026-1234, CVE-2026-123456]
  severity: WARNING
  why: The import follows paths out of its folder.
  methods: [POST, PUT]
  paths: ["/api/import*", "*.upload"]
  conditions:
  - {places: [json], fields: ["$.file"], contains: ["../", "..\\"]}
  - {places: [header], fields: [x-client], regex: "^legacy/[0-9]+", ignore_case: true}
  tests:
  - name: the exploit
    method: POST
    target: /api/import/now
    headers: {Content-Type: application/json, X-Client: Legacy/12}
    body: '{"file":"..%2F..%2Fkeys"}'
    matches: true
  - {name: another folder, method: POST, target: /api/import, body: '{"file":"a.csv"}', matches: false}
)",
                             &diagnostics);
  ASSERT_NE(pack, nullptr) << diagnostics.Format(false);
  EXPECT_EQ(pack->name, "shop-patches");
  EXPECT_EQ(pack->version, 3);
  ASSERT_EQ(pack->rules.size(), 1U);
  EXPECT_EQ(pack->rules[0].severity, 3);
  EXPECT_EQ(pack->rules[0].cves.size(), 2U);
  EXPECT_TRUE(pack->rules[0].AppliesTo("PUT", "/x/y.upload"));
  EXPECT_FALSE(pack->rules[0].AppliesTo("GET", "/api/import"));
  EXPECT_FALSE(pack->rules[0].AppliesTo("POST", "/api"));
}

TEST(PackReader, RefusesAPackWhoseTestsFail) {
  EXPECT_THAT(
      ErrorsOf(PackOf("{contains: [worse]}")),
      HasSubstr("pack.yaml:10:5: error[FB0202]: the test fails: rule SHOP-1 does not match"));
  EXPECT_THAT(ErrorsOf(PackOf("{contains: [bad, good]}")), HasSubstr("rule SHOP-1 matches"));
}

TEST(PackReader, WantsTestsOfBothKinds) {
  const std::string text = PackOf("{contains: [bad]}");
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"matches: false", "matches: true"}})),
              HasSubstr("a request that must match, and one that must not"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"/?q=bad\"", "//..%2F\""}})),
              HasSubstr("refused before inspection"));
}

TEST(PackReader, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(ErrorsOf(PackOf("{}")), HasSubstr("one of equals, contains"));
  EXPECT_THAT(ErrorsOf(PackOf("{contains: [a], regex: b}")), HasSubstr("one of equals, contains"));
  EXPECT_THAT(ErrorsOf(PackOf("{contains: [\"\"]}")), HasSubstr("an empty text"));
  EXPECT_THAT(ErrorsOf(PackOf("{regex: \"(\"}")), HasSubstr("missing )"));
  EXPECT_THAT(ErrorsOf(PackOf(absl::StrCat("{regex: ", std::string(1025, 'a'), "}"))),
              HasSubstr("longer than 1,024"));
  EXPECT_THAT(ErrorsOf(PackOf("{regex: \"((a{1,200}){1,200}){1,200}\"}")), HasSubstr("regex"));
  EXPECT_THAT(ErrorsOf(PackOf("{places: [quary], contains: [bad]}")), HasSubstr("no such place"));
  EXPECT_THAT(ErrorsOf(PackOf("{longer_than: -1}")), HasSubstr("not negative"));
  const std::string text = PackOf("{contains: [bad]}");
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"SHOP-1", "FBI-SQL-001"}})),
              HasSubstr("does not begin with \"FBI-\""));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"CVE-2026-0001", "CVE-1"}})),
              HasSubstr("CVE-2026-12345"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"version: 1", "version: 0"}})),
              HasSubstr("a version is 1 or more"));
  EXPECT_THAT(ErrorsOf("pack: shop\nversion: 1\nrules: []\n"), HasSubstr("1 to 1,000 rules"));
}

TEST(PackReader, RefusesARuleThatWouldMatchEverything) {
  EXPECT_THAT(ErrorsOf(R"(
pack: shop
version: 1
rules:
- {id: A, why: x, tests: [{target: /, matches: true}, {target: /, matches: false}]}
)"),
              HasSubstr("would match everything"));
}

}  // namespace
}  // namespace firebreak::inspect
