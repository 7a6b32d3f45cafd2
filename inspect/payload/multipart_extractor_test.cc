#include "inspect/payload/multipart_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kMultipart = "multipart/form-data; boundary=B";

// "|" stands for the end of a line.
TakenApart Parts(absl::string_view text, absl::string_view type = kMultipart) {
  return TakeApart(type, absl::StrReplaceAll(text, {{"|", "\r\n"}}));
}
TakenApart OnePart(absl::string_view disposition) {
  return Parts(absl::StrCat("--B|Content-Disposition: ", disposition, "||v|--B--|"));
}

TEST(MultipartExtractor, GivesNamesFileNamesHeadersAndContent) {
  const TakenApart got = Parts(
      "--B|Content-Disposition: form-data; name=\"a\"||one|two|--B|"
      "content-disposition: form-data; name=\"f\"; filename=\"x.php\"|Content-Type: text/plain||"
      "<?php|--B--|");
  EXPECT_THAT(got.fields,
              ElementsAre("multipart + a", "multipart a = one\r\ntwo", "multipart + f",
                          "multipart f.filename = x.php", "multipart f.content-type = text/plain",
                          "multipart f = <?php"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(MultipartExtractor, TellsAnEmptyPartFromNone) {
  const TakenApart got = Parts("--B|Content-Disposition: form-data; name=\"a\"|||--B--");
  EXPECT_THAT(got.fields, ElementsAre("multipart + a", "multipart a = "));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(MultipartExtractor, KeepsWhatOnlyLooksLikeADelimiter) {
  const TakenApart got =
      Parts("--B|Content-Disposition: form-data; name=\"a\"||x|--Bad|-- B|\r\r\n--C|--B--");
  EXPECT_EQ(got.fields[1], "multipart a = x\r\n--Bad\r\n-- B\r\n\r\r\n--C");
  EXPECT_THAT(got.oddities, ElementsAre("multipart_boundary"));
}

TEST(MultipartExtractor, ReportsWhatParsersReadDifferently) {
  EXPECT_THAT(OnePart("form-data; name=a").oddities, ElementsAre("unquoted_name"));
  EXPECT_THAT(OnePart("form-data; name=\"a").oddities, ElementsAre("unquoted_name"));
  EXPECT_THAT(OnePart("form-data; name=\"a\"x").oddities, ElementsAre("unquoted_name"));
  EXPECT_THAT(OnePart("form-data; name=\"a\"; filename*=\"UTF-8''x\"").oddities,
              ElementsAre("extended_name"));
  EXPECT_THAT(OnePart("form-data; name=\"a\"; name=\"b\"").oddities,
              ElementsAre("duplicate_part_field"));
  EXPECT_THAT(OnePart("form-data; name=\"a\"|Content-Disposition: form-data; name=\"b\"").oddities,
              ElementsAre("duplicate_part_field"));
  EXPECT_THAT(OnePart("form-data; name=\"a\"|Content-Transfer-Encoding: base64").oddities,
              ElementsAre("part_encoding", "part_coded"));
  EXPECT_THAT(OnePart("form-data;| name=\"a\"").oddities, ElementsAre("multipart_syntax"));
  EXPECT_THAT(OnePart("form-data").oddities, ElementsAre("multipart_syntax"));
}

TEST(MultipartExtractor, LooksAtEveryReadingOfANameGivenTwice) {
  const TakenApart got = OnePart("form-data; name=\"a\"; name=\"b\"; filename=x; filename=\"y\"");
  EXPECT_THAT(got.fields, ElementsAre("multipart + a", "multipart + b", "multipart b.filename = x",
                                      "multipart b.filename = y", "multipart b = v"));
}

TEST(MultipartExtractor, UndoesBackslashesInQuotes) {
  EXPECT_THAT(OnePart("form-data; name=\"a\\\"b\"").fields,
              ElementsAre("multipart + a\"b", "multipart a\"b = v"));
}

TEST(MultipartExtractor, ReportsPartsOfOneName) {
  const std::string part = "--B|Content-Disposition: form-data; name=\"a\"||v|";
  EXPECT_THAT(Parts(part + part + "--B--").oddities, ElementsAre("duplicate_part"));
}

TEST(MultipartExtractor, ReadsBareLineFeedsAndReportsThem) {
  const TakenApart got =
      TakeApart(kMultipart, "--B\nContent-Disposition: form-data; name=\"a\"\n\nv\n--B--\n");
  EXPECT_THAT(got.fields, ElementsAre("multipart + a", "multipart a = v"));
  EXPECT_THAT(got.oddities, ElementsAre("multipart_syntax"));
}

TEST(MultipartExtractor, LooksAtWhatStandsBeforeAndBehind) {
  const TakenApart got =
      Parts("' or 1=1|--B|Content-Disposition: form-data; name=\"a\"||v|--B--|x");
  EXPECT_THAT(got.fields,
              ElementsAre("bytes = ' or 1=1", "multipart + a", "multipart a = v", "bytes = x"));
  EXPECT_THAT(got.oddities, ElementsAre("multipart_syntax"));
}

TEST(MultipartExtractor, ReportsOddBoundaries) {
  const absl::string_view body = "--B|Content-Disposition: form-data; name=\"a\"||v|--B--";
  for (const char* type :
       {"multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"B",
        "multipart/form-data; boundary=B; boundary=C", "multipart/form-data; boundary=\"B\"x"}) {
    EXPECT_THAT(Parts(body, type).oddities, Contains("multipart_boundary")) << type;
  }
  EXPECT_THAT(Parts(body, "multipart/form-data; Boundary=\"B\"; charset=utf-8").oddities,
              IsEmpty());
}

TEST(MultipartExtractor, HandsAllOnAsBytesWithoutABoundary) {
  EXPECT_THAT(Parts("--B|x", "multipart/form-data").fields, ElementsAre("bytes = --B\r\nx"));
}

TEST(MultipartExtractor, ReportsAMessageCutShort) {
  EXPECT_THAT(Parts("--B|Content-Disposition: form-data; name=\"a\"||v|--").oddities,
              ElementsAre("multipart_truncated"));
  EXPECT_EQ(Parts("--B|Content-Disposition: form-data; name=\"a\"||v|--").fields.back(),
            "multipart a = v\r\n--");
}

TEST(MultipartExtractor, CountsPartsAndHeaderBytes) {
  BodyCase body{.type = std::string(kMultipart), .body = ""};
  body.limits.max_parts = 1;
  body.limits.max_part_header_bytes = 60;
  const std::string name(600, 'n');
  body.body = absl::StrCat("--B\r\nContent-Disposition: form-data; name=\"", name,
                           "\"\r\n\r\nv\r\n--B\r\n\r\n\r\n--B--");
  const TakenApart got = TakeApart(body);
  EXPECT_THAT(got.oddities, ElementsAre("part_header_size", "multipart_syntax", "part_count"));
  EXPECT_EQ(
      got.fields[0],
      absl::StrCat("multipart .header = Content-Disposition: form-data; name=\"", name, "\"\r"));
}

TEST(MultipartExtractor, ReportsPartsWhoseContentIsCoded) {
  const auto of = [](absl::string_view coding) {
    return TakeApart("multipart/form-data; boundary=b",
                     absl::StrCat("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n"
                                  "Content-Transfer-Encoding: ",
                                  coding, "\r\n\r\neA==\r\n--b--"))
        .oddities;
  };
  EXPECT_THAT(of("base64"), ElementsAre("part_encoding", "part_coded"));
  EXPECT_THAT(of("Quoted-Printable"), ElementsAre("part_encoding", "part_coded"));
  EXPECT_THAT(of("8bit"), ElementsAre("part_encoding"));
}

}  // namespace
}  // namespace firebreak::inspect
