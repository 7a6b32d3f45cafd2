#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "filters/inspect/testing.h"
#include "inspect/pack/rule_pack.h"

namespace firebreak::filters {
namespace {

// Two rules about an import: one for a file that it should not follow, one of little weight.
constexpr absl::string_view kPack = R"(
pack: shop-patches
version: 1
rules:
- id: SHOP-1
  cve: [CVE-2026-1234, CVE-2026-1235]
  why: The import follows paths out of its folder.
  paths: ["/v1/*"]
  conditions:
  - {places: [json], fields: [$.file], starts_with: [other/]}
  tests:
  - {method: POST, target: /v1/charges, body: '{"file": "other/x"}', matches: true}
  - {method: POST, target: /v1/charges, body: '{"file": "own/x"}', matches: false}
- id: SHOP-2
  severity: NOTICE
  why: Old clients are to be seen.
  conditions:
  - {places: [header], fields: [x-client], equals: [old]}
  tests:
  - {target: /, headers: {X-Client: old}, matches: true}
  - {target: /, headers: {X-Client: new}, matches: false}
)";

std::shared_ptr<const inspect::RulePacks> Packs() {
  config::Diagnostics diagnostics;
  auto pack = inspect::ReadPack("pack.yaml", kPack, &diagnostics);
  EXPECT_NE(pack, nullptr) << diagnostics.Format(/*color=*/false);
  return std::make_shared<const inspect::RulePacks>(inspect::RulePacks{std::move(pack)});
}

TEST(PackRules, BlockAndAreNamedInTheRecordWithWhatTheyAreAgainst) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.live().packs = Packs();
  EXPECT_EQ(inspected.BodyAtOnce(R"({"file": "other/keys"})"), Step::kClose);
  const flows::Record& record = inspected.Record();
  EXPECT_EQ(record.reason, Reason::kInspection);
  ASSERT_NE(record.inspection, nullptr);
  ASSERT_EQ(record.inspection->matches.size(), 1U);
  const flows::InspectionMatch& match = record.inspection->matches[0];
  EXPECT_EQ(match.id, "SHOP-1");
  EXPECT_EQ(match.category, "pack");
  EXPECT_EQ(match.field, "json:$.file");
  EXPECT_EQ(match.excerpt, "other/keys");
  EXPECT_EQ(match.pack, "shop-patches");
  EXPECT_EQ(match.cve, "CVE-2026-1234 CVE-2026-1235");
}

TEST(PackRules, SeveritiesAddUpWithThoseOfOtherRules) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.live().packs = Packs();
  inspected.request().headers.Add("x-client", "old");
  EXPECT_EQ(inspected.BodyAtOnce(R"({"file": "own/x"})"), Step::kContinue);
  ASSERT_NE(inspected.Record().inspection, nullptr);
  EXPECT_EQ(inspected.Record().inspection->score, 2U);
}

TEST(PackRules, ApplyToTheirPathsAlone) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.live().packs = Packs();
  inspected.request().path = "/v2/charges";
  EXPECT_EQ(inspected.BodyAtOnce(R"({"file": "other/keys"})"), Step::kContinue);
  EXPECT_EQ(inspected.Record().inspection, nullptr);
}

TEST(PackRules, ARequestUnderWayKeepsThePacksItBeganWith) {
  Inspected inspected(RequestsOnly(InspectionMode::kBlock));
  inspected.live().packs = Packs();
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  inspected.live().packs = nullptr;
  EXPECT_EQ(inspected.Body(R"({"file": "other/keys"})"), Step::kClose);
  EXPECT_EQ(inspected.Record().inspection->matches.at(0).pack, "shop-patches");
}

TEST(PackRules, AreExcludedByFieldLikeOthers) {
  ListenerPlan plan = RequestsOnly(InspectionMode::kBlock);
  plan.engine.exclusions = {{.rule = "", .place = "json", .field = "$.file"}};
  Inspected inspected(std::move(plan));
  inspected.live().packs = Packs();
  EXPECT_EQ(inspected.BodyAtOnce(R"({"file": "other/keys"})"), Step::kContinue);
}

}  // namespace
}  // namespace firebreak::filters
