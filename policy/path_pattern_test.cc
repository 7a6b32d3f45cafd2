#include "policy/path_pattern.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

bool Matches(absl::string_view pattern, absl::string_view path,
             PathDialect dialect = PathDialect::kFirebreak) {
  const absl::StatusOr<PathPattern> parsed = PathPattern::Parse(pattern, dialect);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(path);
}

std::string ErrorOf(absl::string_view pattern, PathDialect dialect = PathDialect::kFirebreak) {
  const absl::StatusOr<PathPattern> parsed = PathPattern::Parse(pattern, dialect);
  EXPECT_FALSE(parsed.ok()) << pattern;
  return std::string(parsed.status().message());
}

TEST(PathPattern, P_07_ExactIsThatPathOnly) {
  EXPECT_TRUE(Matches("/admin", "/admin"));
  for (const char* path : {"/Admin", "/admin/", "/administrator", "/admin/x", "/", "/x/admin"}) {
    EXPECT_FALSE(Matches("/admin", path)) << path;
  }
}

TEST(PathPattern, P_07_PrefixEndsAtASegment) {
  EXPECT_TRUE(Matches("/admin/*", "/admin/"));
  EXPECT_TRUE(Matches("/admin/*", "/admin/users/7"));
  for (const char* path : {"/admin", "/administrator", "/administrator/x", "/Admin/x"}) {
    EXPECT_FALSE(Matches("/admin/*", path)) << path;
  }
  EXPECT_THAT(ErrorOf("/admin*"), HasSubstr("write \"/admin/*\""));
}

TEST(PathPattern, P_07_PrefixOfIstiosDocumentsMayCutASegment) {
  EXPECT_TRUE(Matches("/info*", "/information", PathDialect::kIstio));
  EXPECT_TRUE(Matches("/info*", "/info", PathDialect::kIstio));
  EXPECT_FALSE(Matches("/info*", "/inf", PathDialect::kIstio));
  EXPECT_TRUE(PathPattern::Parse("/info*", PathDialect::kIstio)->cuts_segment());
  EXPECT_FALSE(PathPattern::Parse("/info/*", PathDialect::kIstio)->cuts_segment());
}

TEST(PathPattern, SuffixIsOfCharacters) {
  EXPECT_TRUE(Matches("*.js", "/static/app.js"));
  EXPECT_FALSE(Matches("*.js", "/static/app.json"));
  EXPECT_TRUE(Matches("*/health", "/v1/health"));
  EXPECT_FALSE(Matches("*/health", "/v1/xhealth"));
}

TEST(PathPattern, StarIsEveryPath) {
  EXPECT_TRUE(Matches("*", "/"));
  EXPECT_TRUE(Matches("*", "*"));  // OPTIONS *
  EXPECT_FALSE(Matches("*", ""));
}

TEST(PathPattern, P_06_TemplateSegmentIsOneAndNotEmpty) {
  EXPECT_TRUE(Matches("/v1/{*}", "/v1/charges"));
  for (const char* path : {"/v1/", "/v1", "/v1/a/b", "/v1/a/", "/v2/a"}) {
    EXPECT_FALSE(Matches("/v1/{*}", path)) << path;
  }
  EXPECT_TRUE(Matches("/v1/{*}/items/{*}", "/v1/a.b/items/*"));
  EXPECT_FALSE(Matches("/v1/{*}/items/{*}", "/v1/a/b/items/c"));
  EXPECT_TRUE(Matches("/v1/{*}/", "/v1/a/"));
  EXPECT_FALSE(Matches("/v1/{*}/", "/v1/a"));
}

TEST(PathPattern, P_06_OpenEndIsZeroOrMoreSegments) {
  for (const char* path : {"/v1/a", "/v1/a/", "/v1/a/b", "/v1/a/b/c/"}) {
    EXPECT_TRUE(Matches("/v1/{*}/{**}", path)) << path;
  }
  for (const char* path : {"/v1", "/v1/", "/v1//", "/v1x/a"}) {
    EXPECT_FALSE(Matches("/v1/{*}/{**}", path)) << path;
  }
  EXPECT_TRUE(Matches("/{**}", "/"));
  EXPECT_TRUE(Matches("/{**}", "/a/b"));
  EXPECT_FALSE(Matches("/{**}", "*"));
}

// Istio's own examples: "/foo/{**}/ matches /foo/bar/ and /foo/bar/baz.txt, but not /foo/bar".
TEST(PathPattern, P_06_OpenEndAndSlashOfIstiosDocumentsIsWhatIsBelowASegment) {
  EXPECT_TRUE(Matches("/foo/{**}/", "/foo/bar/", PathDialect::kIstio));
  EXPECT_TRUE(Matches("/foo/{**}/", "/foo/bar/baz.txt", PathDialect::kIstio));
  EXPECT_FALSE(Matches("/foo/{**}/", "/foo/bar", PathDialect::kIstio));
  EXPECT_FALSE(Matches("/foo/{**}/", "/foo/", PathDialect::kIstio));
  EXPECT_FALSE(PathPattern::Parse("/foo/{**}/", PathDialect::kFirebreak).ok());
}

TEST(PathPattern, P_06_OpenEndOfIstiosDocumentsNeedsItsSlash) {
  EXPECT_TRUE(Matches("/a/{**}", "/a"));
  EXPECT_FALSE(Matches("/a/{**}", "/a", PathDialect::kIstio));
  EXPECT_TRUE(Matches("/a/{**}", "/a/", PathDialect::kIstio));
  EXPECT_TRUE(Matches("/a/{**}", "/a/b/c", PathDialect::kIstio));
}

// CVE-2026-73552 and its like: characters of a pattern that mean something to a regular expression.
TEST(PathPattern, P_06_LiteralMatchesOnlyItself) {
  EXPECT_FALSE(Matches("/v1.0/x", "/v1-0/x"));
  EXPECT_FALSE(Matches("/a+", "/aa"));
  EXPECT_FALSE(Matches("/a/(b)", "/a/b"));
  EXPECT_TRUE(Matches("/a/(b)", "/a/(b)"));
  EXPECT_FALSE(Matches("/v1.0/{*}", "/v100/x"));
}

TEST(PathPattern, P_06_RefusesOtherTemplates) {
  for (const char* text : {"/a/{id}", "/a/{}", "/a/x{*}", "/a/{*}x", "/{**}/a", "/a/{**}/",
                           "/a/{**}x", "/a/{*", "/a}", "/{*}/*", "/a*/{*}", "/{***}"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("one whole segment")) << text;
  }
  EXPECT_THAT(ErrorOf("{*}"), HasSubstr("begins with \"/\""));
  EXPECT_THAT(ErrorOf("*/{*}"), HasSubstr("begins with \"/\""));
  EXPECT_THAT(ErrorOf("{**}"), HasSubstr("begins with \"/\""));
}

TEST(PathPattern, RefusesStarsInTheMiddle) {
  for (const char* text : {"/a/*/b", "**", "/a**", "*a*", "/*/*"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("at most one \"*\"")) << text;
  }
}

TEST(PathPattern, P_01_RefusesWhatNoCanonicalPathMatches) {
  EXPECT_THAT(ErrorOf("/a//b"), HasSubstr("reads \"/a/b\""));
  EXPECT_THAT(ErrorOf("/a/../b"), HasSubstr("reads \"/b\""));
  EXPECT_THAT(ErrorOf("/%7Ejoe"), HasSubstr("reads \"/~joe\""));
  EXPECT_THAT(ErrorOf("/a%3a"), HasSubstr("reads \"/a%3A\""));
  EXPECT_THAT(ErrorOf("/caf\xc3\xa9"), HasSubstr("reads \"/caf%C3%A9\""));
  EXPECT_THAT(ErrorOf("/a/./*"), HasSubstr("canonical"));
  EXPECT_THAT(ErrorOf("/a//{*}"), HasSubstr("canonical"));
  EXPECT_THAT(ErrorOf("*//a"), HasSubstr("canonical"));
  for (const char* text : {"/a%00", "/a%zz", "/a#b", "/a%2", "/a\\b"}) {
    EXPECT_FALSE(ErrorOf(text).empty()) << text;
  }
  EXPECT_THAT(ErrorOf("/a?x=1"), HasSubstr("without query"));
  EXPECT_THAT(ErrorOf("admin"), HasSubstr("begins with \"/\""));
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_FALSE(ErrorOf("/" + std::string(5000, 'a')).empty());
}

TEST(PathPattern, KeepsWhatWasWritten) {
  EXPECT_EQ(*PathPattern::Parse("/v1/{*}/{**}", PathDialect::kFirebreak)->written(),
            "/v1/{*}/{**}");
  EXPECT_EQ(*PathPattern::Parse("/v1/*", PathDialect::kFirebreak)->written(), "/v1/*");
}

TEST(PathSegments, CountsTheEmptyLastOne) {
  PathSegments segments("/a/");
  EXPECT_EQ(segments.Next(), "a");
  EXPECT_FALSE(segments.done());
  EXPECT_EQ(segments.Next(), "");
  EXPECT_TRUE(segments.done());
  EXPECT_TRUE(PathSegments("").done());
}

}  // namespace
}  // namespace firebreak::policy
