#include "inspect/payload/body_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BodyExtractor, TakesJsonApartWhateverItsTypeSays) {
  for (const char* type : {"", "text/plain", "application/octet-stream", "nonsense"}) {
    const TakenApart got = TakeApart(type, " \n{\"a\":\"x\"}");
    EXPECT_THAT(got.fields, ElementsAre("json $ + a", "json $.a = x")) << type;
    EXPECT_THAT(got.oddities, IsEmpty()) << type;
  }
}

TEST(BodyExtractor, ReportsATypeThatNamesAnotherStructure) {
  const TakenApart form = TakeApart("application/x-www-form-urlencoded", "{\"a\":1}");
  EXPECT_THAT(form.fields, ElementsAre("json $ + a", "json $.a = 1"));
  EXPECT_THAT(form.oddities, ElementsAre("content_type"));
  EXPECT_THAT(TakeApart("application/json", "a=1&b=2").fields,
              ElementsAre("form + a", "form a = 1", "form + b", "form b = 2"));
  EXPECT_THAT(TakeApart("application/json", "<?xml?><a/>").oddities, ElementsAre("content_type"));
}

TEST(BodyExtractor, LeavesTextWhole) {
  for (const char* text : {"{{7*7}}", "<script>alert(1)</script>", "plain words", "[note] a=b", "x",
                           "  ", "${jndi:ldap://x}"}) {
    const TakenApart got = TakeApart("text/plain", text);
    EXPECT_THAT(got.fields, ElementsAre(std::string("bytes = ") + text));
    EXPECT_THAT(got.oddities, IsEmpty());
  }
}

TEST(BodyExtractor, FindsAFormInText) {
  EXPECT_THAT(TakeApart("text/plain", "id=1%27").fields, ElementsAre("form + id", "form id = 1'"));
}

TEST(BodyExtractor, LooksForTheStructureBehindAByteOrderMark) {
  const TakenApart got = TakeApart("application/json", "\xEF\xBB\xBF{\"a\":1}");
  EXPECT_THAT(got.fields, ElementsAre("json $ + a", "json $.a = 1"));
  EXPECT_THAT(got.oddities, ElementsAre("byte_order_mark"));
  EXPECT_THAT(TakeApart("", "\xEF\xBB").fields, ElementsAre("bytes = \xEF\xBB"));
}

TEST(BodyExtractor, HoldsBackNoMoreThanItMust) {
  const std::string spaces(200, ' ');
  EXPECT_THAT(TakeApart("", spaces + "{\"a\":1}").fields,
              ElementsAre("bytes = " + spaces + "{\"a\":1}"));
  EXPECT_THAT(TakeApart("application/json", spaces + "[1]").fields, ElementsAre("json $[] = 1"));
}

TEST(BodyExtractor, GivesNothingForAnEmptyBody) {
  for (const char* type : {"", "application/json", "multipart/form-data; boundary=x"}) {
    EXPECT_EQ(TakeApart(type, ""), TakenApart()) << type;
  }
}

TEST(BodyExtractor, TakesEveryStringOfBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const char* type :
       {"application/json", "application/xml", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=A", "application/graphql", "application/grpc",
        "application/x-protobuf", "text/plain"}) {
    TakeApart(type, bytes);
    TakeApart(type, std::string(700, '\0'));
    TakeApart(type, std::string(700, '"'));
  }
}

TEST(BodyExtractor, ReportsABodyAboveTheLimit) {
  BodyCase body{.type = "text/plain", .body = "0123456789 abc"};
  body.limits.max_body_bytes = 4;
  EXPECT_THAT(TakeApart(body).oddities, ElementsAre("body_size"));
}

TEST(BodyExtractor, StaysBelowTwoKibibytesAStream) { EXPECT_LE(sizeof(BodyExtractor), 2048U); }

}  // namespace
}  // namespace firebreak::inspect
