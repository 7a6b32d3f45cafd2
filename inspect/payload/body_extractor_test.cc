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

// Some servers believe the type, others look: both readings are given.
TEST(BodyExtractor, ReadsADeclaredFormAsAFormTooWhateverItBeginsLike) {
  constexpr absl::string_view kForm = "application/x-www-form-urlencoded";
  EXPECT_THAT(TakeApart(kForm, "<?a?><a>t<!--&id=1'+or+2&z=1").beside,
              ElementsAre("form + <?a?><a>t<!--", "form <?a?><a>t<!-- = ", "form + id",
                          "form id = 1' or 2", "form + z", "form z = 1"));
  EXPECT_THAT(TakeApart(kForm, "{\"a\":\"it%27s&id=x&z=\"}").beside,
              ElementsAre("form + {\"a\":\"it's", "form {\"a\":\"it's = ", "form + id",
                          "form id = x", "form + z", "form z = \"}"));
  EXPECT_THAT(TakeApart(kForm, "a=1").beside, IsEmpty());
  EXPECT_THAT(TakeApart("application/json", "{\"a\":1}").beside, IsEmpty());
}

TEST(BodyExtractor, ReadsTextThatOnlyBeginsLikeXmlAsItStandsToo) {
  EXPECT_THAT(TakeApart("text/plain", "<?a?></x 1' or 2>").beside,
              ElementsAre("bytes = <?a?></x 1' or 2>"));
  EXPECT_THAT(TakeApart("text/xml", "<?a?><x/>").beside, IsEmpty());
}

TEST(BodyExtractor, ReadsDeclaredProtobufAsIfNothingWereDeclaredToo) {
  EXPECT_THAT(TakeApart("application/protobuf", " {\"id\":\"1' or 2\"}").beside,
              ElementsAre("json $ + id", "json $.id = 1' or 2"));
  EXPECT_THAT(TakeApart("application/protobuf",
                        "\x0a\x03"
                        "abc")
                  .beside,
              ElementsAre("bytes = \x0a\x03"
                          "abc"));
  for (const char* const text :
       {"1' or 2", "\"1' or 2\"", "[true,\"1' or 2\"]", "<a>1' or 2</a>"}) {
    EXPECT_THAT(TakeApart("application/x-protobuf", text).beside,
                ElementsAre(absl::StrCat("bytes = ", text)));
  }
  EXPECT_THAT(TakeApart("application/x-protobuf", "id=1' or 2").beside,
              ElementsAre("form + id", "form id = 1' or 2"));
}

TEST(BodyExtractor, ReportsCharacterSetsThatItCannotRead) {
  for (const char* const charset :
       {"utf-16", "\"UTF-7\"", "utf-32le", "cp037", "ibm500", "iso-2022-jp", "rot13"}) {
    EXPECT_THAT(TakeApart(absl::StrCat("application/json; charset=", charset), "{}").oddities,
                ElementsAre("charset"))
        << charset;
  }
  for (const char* const charset :
       {"utf-8", "\"UTF8\"", "us-ascii", "ISO-8859-1", "windows-1252"}) {
    EXPECT_THAT(TakeApart(absl::StrCat("application/json; charset=", charset), "{}").oddities,
                IsEmpty())
        << charset;
  }
  const std::string wide("\"\0a\0\"\0", 6);
  EXPECT_THAT(TakeApart("application/json", wide).oddities, testing::Contains("charset"));
}

}  // namespace
}  // namespace firebreak::inspect
