#include "inspect/payload/json_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kJson = "application/json";

TEST(JsonExtractor, GivesKeysAndValuesByPath) {
  const TakenApart got =
      TakeApart(kJson, R"({"a":1,"items":[{"price":2.5},{"price":null}],"b":""})");
  EXPECT_THAT(got.fields,
              ElementsAre("json $ + a", "json $.a = 1", "json $ + items", "json $.items[] + price",
                          "json $.items[].price = 2.5", "json $.items[] + price",
                          "json $.items[].price = null", "json $ + b", "json $.b = "));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(JsonExtractor, UndoesEscapesInKeysAndStrings) {
  const TakenApart got = TakeApart(kJson, R"({"\u0061\"":"\u003cscript\u003e\n\/\ud83d\ude00é"})");
  EXPECT_THAT(got.fields, ElementsAre("json $ + a\"", "json $.a\" = <script>\n/😀é"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(JsonExtractor, MakesHalfOfASurrogatePairAReplacementCharacter) {
  EXPECT_THAT(TakeApart(kJson, R"(["\ud83dx","\ude00","\ud83d","\ud83d\n"])").fields,
              ElementsAre("json $[] = \uFFFDx", "json $[] = \uFFFD", "json $[] = \uFFFD",
                          "json $[] = \uFFFD\n"));
}

TEST(JsonExtractor, ReportsADuplicateKeyInOneObjectOnly) {
  EXPECT_THAT(TakeApart(kJson, R"([{"a":1},{"a":2,"b":{"a":3}}])").oddities, IsEmpty());
  EXPECT_THAT(TakeApart(kJson, R"({"a":1,"\u0061":2})").oddities, ElementsAre("duplicate_key"));
  EXPECT_THAT(TakeApart(kJson, R"({"a":{"x":[1]},"b":2,"a":3})").oddities,
              ElementsAre("duplicate_key"));
}

TEST(JsonExtractor, HandsOnAsBytesWhatIsNoJsonAnyMore) {
  const TakenApart got = TakeApart(kJson, "{\"a\":1,'b':\"2 or 1=1\"}");
  EXPECT_THAT(got.fields, ElementsAre("json $ + a", "json $.a = 1", "bytes = 'b':\"2 or 1=1\"}"));
  EXPECT_THAT(got.oddities, ElementsAre("json_syntax"));
}

TEST(JsonExtractor, ReportsWhatStandsBehindTheDocumentAndLooksAtIt) {
  EXPECT_THAT(TakeApart(kJson, "{} {\"a\":1}").fields, ElementsAre("json $ + a", "json $.a = 1"));
  EXPECT_THAT(TakeApart(kJson, "{} {\"a\":1}").oddities, ElementsAre("json_trailing"));
  EXPECT_THAT(TakeApart(kJson, "[];rm -rf").fields, ElementsAre("bytes = ;rm -rf"));
  EXPECT_THAT(TakeApart("application/x-ndjson", "{}\n{}\n").oddities, IsEmpty());
}

TEST(JsonExtractor, ReportsNumbersThatAreNone) {
  EXPECT_THAT(TakeApart(kJson, "[NaN]").oddities, ElementsAre("json_not_finite"));
  EXPECT_THAT(TakeApart(kJson, "[-Infinity]").oddities, ElementsAre("json_not_finite"));
  for (const char* bad : {"[01]", "[1.]", "[+1]", "[1e]", "[tru]", "[0x1]", "[-]"}) {
    EXPECT_THAT(TakeApart(kJson, bad).oddities, ElementsAre("json_syntax")) << bad;
  }
  for (const char* good : {"[0]", "[-0.5e+10]", "[1E3]", "true"}) {
    EXPECT_THAT(TakeApart(kJson, good).oddities, IsEmpty()) << good;
  }
}

TEST(JsonExtractor, TakesABadEscapeForWhatItMostLikelyMeans) {
  const TakenApart got = TakeApart(kJson, R"(["\x\u12"])");
  EXPECT_THAT(got.fields, ElementsAre("json $[] = x"));
  EXPECT_THAT(got.oddities, ElementsAre("json_syntax"));
}

TEST(JsonExtractor, FollowsNestingToItsEndAndNotBeyond) {
  const std::string deep = std::string(kMaxDepth, '[') + "[\"x\"]";
  BodyCase body{.type = std::string(kJson), .body = deep};
  const TakenApart got = TakeApart(body);
  EXPECT_THAT(got.fields, ElementsAre("bytes = [\"x\"]"));
  EXPECT_THAT(got.oddities, ElementsAre("json_depth"));
  body.body = std::string(kMaxDepth, '[') + "7" + std::string(kMaxDepth, ']');
  EXPECT_THAT(TakeApart(body).oddities, ElementsAre("json_depth"));
  body.limits.max_json_depth = kMaxDepth;
  EXPECT_THAT(TakeApart(body).oddities, IsEmpty());
}

TEST(JsonExtractor, ReportsEachLimitOnce) {
  BodyCase body{.type = std::string(kJson), .body = R"({"a":1,"bcd":"efgh","c":[1,2,3,4]})"};
  body.limits.max_json_keys = 2;
  body.limits.max_json_elements = 4;
  body.limits.max_name_bytes = 2;
  body.limits.max_value_bytes = 3;
  EXPECT_THAT(TakeApart(body).oddities,
              ElementsAre("json_name_size", "json_string_size", "json_keys", "json_elements"));
}

TEST(JsonExtractor, KeepsNoMoreOfAPathThanIsAllowed) {
  const std::string key(1000, 'k');
  const TakenApart got =
      TakeApart({.type = std::string(kJson), .body = "{\"" + key + "\":{\"x\":\"y\"}}"}, 0, 7);
  EXPECT_EQ(got.fields[0], "json $ + " + key);
  EXPECT_EQ(got.fields[2], "json $." + key.substr(0, 254) + " = y");
}

TEST(JsonExtractor, ReportsADocumentCutShort) {
  for (const char* cut : {"{\"a", "{\"a\":", "[1,", "[\"x", "{\"a\":{}"}) {
    EXPECT_THAT(TakeApart(kJson, cut).oddities, Contains("json_truncated")) << cut;
  }
}

}  // namespace
}  // namespace firebreak::inspect
