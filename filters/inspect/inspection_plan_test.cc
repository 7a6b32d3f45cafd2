#include "filters/inspect/inspection_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/temp_folder.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;

class InspectionPlanTest : public ::testing::Test {
 protected:
  std::shared_ptr<const InspectionPlan> PlanOf(absl::string_view inspection) {
    const std::string path = folder_.Path("proxy.yaml");
    const std::string text = absl::StrCat(
        "node: {namespace: shop, workload: orders}\ntrust_domain: shop.example\n",
        "identity: {files: {certificate_chain: c.pem, private_key: k.pem, trust_bundle: b.pem}}\n",
        "listeners: [{name: in, direction: INBOUND, address: \"10.0.0.2:15006\"}]\n",
        "inspection: ", inspection, "\n");
    config::Diagnostics diagnostics;
    const auto config = config::ParseProxyConfig(path, text, &diagnostics);
    auto plan = config.has_value() ? MakeInspectionPlan(*config, &diagnostics) : nullptr;
    errors_ = diagnostics.Format(false);
    return plan;
  }
  std::string ErrorsOf(absl::string_view inspection) {
    EXPECT_EQ(PlanOf(inspection), nullptr);
    return errors_;
  }

  tests::TempFolder folder_;
  std::string errors_;
};

TEST_F(InspectionPlanTest, IsWhatTheFileSays) {
  folder_.Write("own.yaml",
                "secrets: [{name: order-key, prefix: \"shopord_\", length: [24, 40]}]\n");
  const auto plan = PlanOf(
      "{mode: BLOCK, paranoia: 2, thresholds: [7],"
      " exclusions: [{rule: FBI-SQL-001, field: \"json-name:$.a\", path: \"/v1/{*}\"}],"
      " data_loss: {rules: [own.yaml], off: [iban, jwt]}, streams: {protocol: PostgreSQL}}");
  ASSERT_NE(plan, nullptr) << errors_;
  const ListenerPlan& listener = plan->listeners.at(0);
  EXPECT_EQ(listener.orders.requests, InspectionMode::kBlock);
  EXPECT_EQ(listener.engine.block_score[3], 7);
  const inspect::Exclusion& exclusion = listener.engine.exclusions.at(0);
  EXPECT_EQ(exclusion.place, "json");
  EXPECT_EQ(exclusion.field, "$.a");
  EXPECT_TRUE(exclusion.names_only);
  EXPECT_TRUE(exclusion.on_path("/v1/x"));
  EXPECT_FALSE(exclusion.on_path("/v2/x"));
  EXPECT_EQ(listener.secrets->at(0).name, "order-key");
  EXPECT_EQ(listener.secrets_off.count(), 2U);
  EXPECT_EQ(listener.orders.declared, inspect::Protocol::kPostgresql);
}

TEST_F(InspectionPlanTest, SaysWhereWhatIsWrong) {
  EXPECT_THAT(ErrorsOf("{exclusions: [{field: \"jsn:$.a\"}]}"),
              AllOf(HasSubstr("proxy.yaml:5:35: error["), HasSubstr("\"jsn\" is no place"),
                    HasSubstr("did you mean \"json\"?")));
  EXPECT_THAT(ErrorsOf("{exclusions: [{field: query, path: \"v1\"}]}"), HasSubstr("proxy.yaml:5:"));
  EXPECT_THAT(ErrorsOf("{data_loss: {off: [ibn]}}"), HasSubstr("did you mean \"iban\"?"));
  EXPECT_THAT(ErrorsOf("{data_loss: {rules: [none.yaml]}}"), HasSubstr("none.yaml"));
  EXPECT_THAT(ErrorsOf("{streams: {protocol: postgres}}"),
              HasSubstr("unknown protocol \"postgres\""));
  folder_.Write("bad.yaml", "secrets: [{name: x}]\n");
  EXPECT_THAT(ErrorsOf("{data_loss: {rules: [bad.yaml]}}"), HasSubstr("bad.yaml:1:11: error["));
}

TEST_F(InspectionPlanTest, EveryPlaceCanBeExcluded) {
  for (const absl::string_view place : {"path", "query", "header", "cookie", "form", "multipart",
                                        "json", "xml", "graphql", "grpc", "websocket", "bytes"}) {
    EXPECT_NE(PlanOf(absl::StrCat("{exclusions: [{field: ", place, "}]}")), nullptr) << errors_;
  }
}

TEST(Orders, ARuleReplacesTheModeAndCapsTheRest) {
  ListenerPlan plan;
  plan.orders = {.requests = InspectionMode::kBlock,
                 .responses = InspectionMode::kBlock,
                 .data_loss = InspectionMode::kOff,
                 .streams = config::StreamAction::kTarpit,
                 .paranoia = 1};
  RuleRef rule;
  EXPECT_EQ(plan.OrdersUnder(nullptr).streams, config::StreamAction::kTarpit);
  EXPECT_EQ(plan.OrdersUnder(&rule).responses, InspectionMode::kBlock);
  rule.inspection = {.mode = InspectionMode::kDetect, .paranoia = 4};
  const Orders detect = plan.OrdersUnder(&rule);
  EXPECT_EQ(detect.requests, InspectionMode::kDetect);
  EXPECT_EQ(detect.responses, InspectionMode::kDetect);
  EXPECT_EQ(detect.data_loss, InspectionMode::kOff);
  EXPECT_EQ(detect.streams, config::StreamAction::kDetect);
  EXPECT_EQ(detect.paranoia, 4);
  rule.inspection = {.mode = InspectionMode::kOff};
  EXPECT_TRUE(plan.OrdersUnder(&rule).nothing());
  rule.inspection = {.mode = InspectionMode::kBlock};
  EXPECT_EQ(plan.OrdersUnder(&rule).streams, config::StreamAction::kTarpit);
  plan.orders.streams = config::StreamAction::kNone;
  EXPECT_EQ(plan.OrdersUnder(&rule).streams, config::StreamAction::kBlock);
}

TEST(Orders, WhatARuleDeclaresReplacesWhatTheListenerDoesAndIsLookedForInAnyCase) {
  using config::StreamAction;
  ListenerPlan plan;
  plan.orders.declared = inspect::Protocol::kRedis;
  RuleRef rule;
  EXPECT_EQ(plan.OrdersUnder(&rule).declared, inspect::Protocol::kRedis);
  rule.inspection.protocol = "postgresql";
  const struct {
    InspectionMode requests;
    StreamAction streams;
    StreamAction expected;
  } cases[] = {{InspectionMode::kOff, StreamAction::kNone, StreamAction::kDetect},
               {InspectionMode::kDetect, StreamAction::kNone, StreamAction::kDetect},
               {InspectionMode::kBlock, StreamAction::kNone, StreamAction::kBlock},
               {InspectionMode::kBlock, StreamAction::kDetect, StreamAction::kDetect},
               {InspectionMode::kOff, StreamAction::kTarpit, StreamAction::kTarpit}};
  for (const auto& c : cases) {
    plan.orders.requests = c.requests;
    plan.orders.streams = c.streams;
    const Orders orders = plan.OrdersUnder(&rule);
    EXPECT_EQ(orders.declared, inspect::Protocol::kPostgresql);
    EXPECT_EQ(orders.streams, c.expected);
  }
  rule.inspection.mode = InspectionMode::kBlock;
  plan.orders.streams = StreamAction::kNone;
  EXPECT_EQ(plan.OrdersUnder(&rule).streams, StreamAction::kBlock);
}

}  // namespace
}  // namespace firebreak::filters
