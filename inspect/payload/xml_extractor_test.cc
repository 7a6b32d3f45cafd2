#include "inspect/payload/xml_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kXml = "application/soap+xml";

TEST(XmlExtractor, GivesNamesAttributesAndTextByPath) {
  const TakenApart got =
      TakeApart(kXml, "<?xml version='1.0'?>\n<o id=\"7\">\n <item>a &lt; b</item><e/>tail</o>\n");
  EXPECT_THAT(got.fields,
              ElementsAre("xml ? = xml version='1.0'", "xml + o", "xml /o + id", "xml /o/@id = 7",
                          "xml /o + item", "xml /o/item = a < b", "xml /o + e", "xml /o = tail"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(XmlExtractor, UndoesReferencesHoweverManyZerosTheyHave) {
  EXPECT_THAT(TakeApart(kXml, "<a>&#x3C;&#60;&#000000000000000000060;&#x0003c;&amp;lt;</a>").fields,
              ElementsAre("xml + a", "xml /a = <<<<&lt;"));
}

TEST(XmlExtractor, ReportsEntitiesAndExpandsNone) {
  const TakenApart got = TakeApart(
      kXml, "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///secret>\"><!-- ' -->]><a b='&x;'>&x;</a>");
  EXPECT_THAT(
      got.fields,
      ElementsAre("xml !DOCTYPE = <!DOCTYPE a [<!ENTITY x SYSTEM \"file:///secret>\"><!-- ' -->]",
                  "xml + a", "xml /a + b", "xml /a/@b = &x;", "xml /a = &x;"));
  EXPECT_THAT(got.oddities, ElementsAre("xml_doctype", "xml_entity"));
}

TEST(XmlExtractor, JoinsTextAcrossCdataAndComments) {
  const TakenApart got = TakeApart(kXml, "<a>UNI<!-- x --->ON<![CDATA[ <SEL]]]>ECT</a>");
  EXPECT_THAT(got.fields, ElementsAre("xml + a", "xml /a = UNION <SEL]ECT"));
  EXPECT_THAT(TakeApart(kXml, "<a><!--c--></a>").fields,
              ElementsAre("xml + a", "xml #comment = c"));
}

TEST(XmlExtractor, HandsOnAsBytesWhatIsNoXmlAnyMore) {
  EXPECT_THAT(TakeApart(kXml, "<a>x</a>; drop table t").fields,
              ElementsAre("xml + a", "xml /a = x", "bytes = ; drop table t"));
  EXPECT_THAT(TakeApart(kXml, "<a><1 or 1=1></a>").fields,
              ElementsAre("xml + a", "bytes = <1 or 1=1></a>"));
  EXPECT_THAT(TakeApart(kXml, "<a b=c>").fields,
              ElementsAre("xml + a", "xml /a + b", "bytes = c>"));
  EXPECT_THAT(TakeApart(kXml, "<a><!NOTHING></a>").fields,
              ElementsAre("xml + a", "bytes = <!NOTHING></a>"));
}

TEST(XmlExtractor, ReportsTagsThatDoNotMatch) {
  EXPECT_THAT(TakeApart(kXml, "<a><b></a></b>").oddities, ElementsAre("xml_syntax"));
  EXPECT_THAT(TakeApart(kXml, "<a></a ></b>").oddities, ElementsAre("xml_syntax"));
  EXPECT_THAT(TakeApart(kXml, "<a><b></b>").oddities, ElementsAre("xml_truncated"));
}

TEST(XmlExtractor, ReportsUtf16AndHandsItOn) {
  const TakenApart got = TakeApart(kXml, absl::string_view("<\0a\0>\0", 6));
  EXPECT_THAT(got.oddities, Contains("text_encoding"));
  EXPECT_THAT(got.fields, ElementsAre(std::string("bytes = <\0a\0>\0", 14)));
}

TEST(XmlExtractor, CountsDepthNodesAndAttributes) {
  BodyCase body{.type = std::string(kXml), .body = "<a x='' y=''><b/><c><d/></c></a>"};
  body.limits.max_xml_depth = 2;
  body.limits.max_xml_nodes = 3;
  body.limits.max_xml_attributes = 1;
  EXPECT_THAT(TakeApart(body).oddities, ElementsAre("xml_attributes", "xml_nodes", "xml_depth"));
}

TEST(XmlExtractor, FollowsNestingToItsEndAndNotBeyond) {
  std::string deep;
  for (size_t i = 0; i <= kMaxDepth; ++i) deep += "<a>";
  const TakenApart got = TakeApart({.type = std::string(kXml), .body = deep + "x"}, 0, 5);
  EXPECT_EQ(got.fields.back(), "bytes = >x");
  EXPECT_THAT(got.oddities, ElementsAre("xml_depth"));
}

}  // namespace
}  // namespace firebreak::inspect
