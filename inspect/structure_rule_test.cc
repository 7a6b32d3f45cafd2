#include "inspect/structure_rule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "inspect/engine.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::inspect {
namespace {

TEST(StructureRule, EachHasAnIdentifierOfItsOwnAndItsRowInTheGuide) {
  std::ifstream in(FIREBREAK_INSPECTION_GUIDE);
  std::ostringstream guide;
  guide << in.rdbuf();
  std::set<std::string> seen;
  std::vector<const RuleInfo*> rules = {&kUnknownCoding,  &kBrokenCoding, &kCodingRatio,
                                        &kPackedMessage,  &kBrokenFrames, &kDeviation,
                                        &kFrozenDeviation};
  for (size_t i = 0; i < kOddities; ++i) rules.push_back(&StructureRule(static_cast<Oddity>(i)));
  for (const RuleInfo* rule : rules) {
    EXPECT_TRUE(seen.insert(std::string(rule->id)).second) << rule->id;
    const std::string row =
        absl::StrCat("| `", rule->id, "` | ", CategoryName(rule->category), " | ", rule->severity,
                     " | ", rule->paranoia, " | ", rule->why, " |\n");
    EXPECT_TRUE(absl::StrContains(guide.str(), row)) << row;
  }
}

TEST(StructureRule, NoneAloneIsAnAttackUnlessItHidesOne) {
  for (size_t i = 0; i < kOddities; ++i) {
    const RuleInfo& rule = StructureRule(static_cast<Oddity>(i));
    EXPECT_EQ(rule.severity >= kCritical, rule.category == Category::kEncoding) << rule.id;
  }
}

// The findings of a POST with this body, by their ids.
std::set<std::string> Found(int paranoia, absl::string_view type, absl::string_view body) {
  Engine engine(EngineOptions{.paranoia = paranoia});
  Inspection inspection(engine);
  const StructureLimits limits;
  RequestFields fields(limits, inspection, inspection);
  http::Request request;
  request.path = "/";
  request.headers.Add("content-type", type);
  fields.Headers(request);
  fields.Body(body);
  fields.End();
  std::set<std::string> ids;
  for (const Finding& finding : inspection.findings()) ids.emplace(finding.id);
  return ids;
}

using Ids = std::set<std::string>;

TEST(StructureRule, WhatOrdinaryClientsSendCountsForNothing) {
  EXPECT_EQ(Found(1, "application/json", R"({"a": [1, 2, {"b": null}]})"), Ids());
  EXPECT_EQ(Found(1, "application/x-www-form-urlencoded", "a=1&a=2&discount=100%&b="), Ids());
  EXPECT_EQ(Found(1, "application/x-www-form-urlencoded", R"({"curl": "-d"})"), Ids());
  EXPECT_EQ(Found(1, "image/svg+xml",
                  "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' "
                  "'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'><svg>&nbsp;</svg>"),
            Ids());
  EXPECT_EQ(Found(1, "multipart/form-data; boundary=b",
                  "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n1"
                  "\r\n--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n2\r\n--b--\r\n"),
            Ids());
}

TEST(StructureRule, WhatProgramsReadDifferentlyCounts) {
  EXPECT_EQ(Found(1, "application/json", R"({"role": "user", "role": "admin"})"),
            Ids({"FBI-STR-011"}));
  EXPECT_EQ(Found(1, "application/json", R"({"a": 1} {"b": 2})"), Ids({"FBI-STR-014"}));
  EXPECT_EQ(Found(1, "application/json", std::string(40, '[') + std::string(40, ']')),
            Ids({"FBI-STR-006"}));
  EXPECT_EQ(
      Found(1, "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1\r\n--b--\r\n"),
      Ids({"FBI-STR-030"}));
  EXPECT_EQ(Found(2, "application/x-www-form-urlencoded", R"({"curl": "-d"})"),
            Ids({"FBI-STR-041"}));
}

TEST(StructureRule, AllOfThemTogetherAreNoAttack) {
  Engine engine(EngineOptions{.paranoia = kMaxParanoia});
  Inspection inspection(engine);
  for (size_t i = 0; i < kOddities; ++i) {
    const auto oddity = static_cast<Oddity>(i);
    if (StructureRule(oddity).category == Category::kStructure) inspection.OnOddity(oddity, 0, 0);
  }
  EXPECT_EQ(inspection.score(), kWarning);
  EXPECT_FALSE(inspection.blocks());
}

TEST(StructureRule, ExternalEntitiesAndTypesAreAnAttack) {
  for (const absl::string_view document :
       {"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///x'>]><a>&b;</a>",
        "<!DOCTYPE a [<!ENTITY % p PUBLIC 'q' 'http://h/x'>]><a/>",
        "<!DOCTYPE a SYSTEM \"http://h/x.dtd\"><a/>"}) {
    EXPECT_EQ(Found(1, "application/xml", document).count("FBI-XXE-001"), 1U) << document;
  }
}

TEST(StructureRule, TextThatIsNotReadIsSaidToBe) {
  const std::string json = R"({"a": "1' OR '1'='1"})";
  for (const bool big : {true, false}) {
    for (const bool marked : {true, false}) {
      std::string wide = marked ? (big ? "\xFE\xFF" : "\xFF\xFE") : "";
      for (const char c : json) wide += big ? std::string{'\0', c} : std::string{c, '\0'};
      EXPECT_EQ(Found(1, "application/json", wide).count("FBI-ENC-005"), 1U) << big << marked;
      EXPECT_EQ(Found(1, "", wide).count("FBI-ENC-005"), 1U) << big << marked;
    }
  }
  for (const std::string& other :
       {std::string("\x89PNG\r\n\0\0\0", 9), std::string("\xFF\xFEh\0i\0", 6),
        std::string("\0\0\0<ftypisom\0\0", 14)}) {
    EXPECT_EQ(Found(1, "", other).count("FBI-ENC-005"), 0U) << other;
  }
}

}  // namespace
}  // namespace firebreak::inspect
