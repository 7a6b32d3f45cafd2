#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "config/proxy_config.h"

namespace firebreak::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A good configuration with two listeners, the second of which says more about inspection.
std::string With(absl::string_view whole, absl::string_view second = "{}") {
  return absl::StrCat(
      "node: {namespace: shop, workload: orders}\ntrust_domain: shop.example\n",
      "identity: {files: {certificate_chain: c.pem, private_key: k.pem, trust_bundle: b.pem}}\n",
      "listeners: [{name: a, direction: INBOUND, address: \"10.0.0.2:15006\"},\n",
      "  {name: b, direction: INBOUND, address: \"10.0.0.2:15007\", inspection: ", second, "}]\n",
      "inspection: ", whole, "\n");
}

std::vector<ListenerConfig> Listeners(absl::string_view whole, absl::string_view second = "{}") {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig("conf/proxy.yaml", With(whole, second), &diagnostics);
  EXPECT_EQ(diagnostics.Format(false), "");
  return config.has_value() ? config->listeners : std::vector<ListenerConfig>(2);
}

std::string ErrorsOf(absl::string_view whole, absl::string_view second = "{}") {
  Diagnostics diagnostics;
  EXPECT_FALSE(ParseProxyConfig("conf/proxy.yaml", With(whole, second), &diagnostics).has_value());
  return diagnostics.Format(false);
}

TEST(InspectionConfig, LooksForNothingUnlessTold) {
  const InspectionConfig inspection = Listeners("{}").at(0).inspection;
  EXPECT_EQ(inspection.mode, InspectionMode::kOff);
  EXPECT_EQ(inspection.responses.mode, InspectionMode::kOff);
  EXPECT_EQ(inspection.data_loss.mode, InspectionMode::kOff);
  EXPECT_EQ(inspection.streams.action, StreamAction::kNone);
  EXPECT_EQ(inspection.fail_mode, FailMode::kClosed);
  EXPECT_THAT(inspection.thresholds, ElementsAre(5, 5, 5, 5));
}

TEST(InspectionConfig, AListenersFieldsReplaceThoseOfTheFileAndItsListsAreAdded) {
  const auto listeners = Listeners(
      "{mode: BLOCK, paranoia: 3, thresholds: [5, 8], fail_mode: OPEN,\n"
      "  exclusions: [{rule: FBI-SQL-, field: \"json:$.note\", path: /notes/*}],\n"
      "  responses: {mode: DETECT, sample_percent: 10},\n"
      "  data_loss: {mode: BLOCK, rules: [own.yaml], off: [iban]},\n"
      "  streams: {action: RESET, protocol: mysql}}",
      "{mode: DETECT, exclusions: [{field: query}], responses: {sample_percent: 50},\n"
      "  data_loss: {off: [jwt]}, streams: {protocol: redis}}");
  const InspectionConfig& a = listeners.at(0).inspection;
  const InspectionConfig& b = listeners.at(1).inspection;
  EXPECT_EQ(a.mode, InspectionMode::kBlock);
  EXPECT_EQ(b.mode, InspectionMode::kDetect);
  EXPECT_EQ(b.paranoia, 3);
  EXPECT_THAT(b.thresholds, ElementsAre(5, 8, 8, 8));
  EXPECT_EQ(b.fail_mode, FailMode::kOpen);
  ASSERT_EQ(a.exclusions.size(), 1U);
  ASSERT_EQ(b.exclusions.size(), 2U);
  EXPECT_EQ(b.exclusions[0].field.text, "json:$.note");
  EXPECT_EQ(b.exclusions[1].field.at, "listeners[1].inspection.exclusions[0].field");
  EXPECT_EQ(b.responses.mode, InspectionMode::kDetect);
  EXPECT_EQ(b.responses.sample_percent, 50);
  EXPECT_THAT(b.data_loss.rules, ElementsAre("conf/own.yaml"));
  EXPECT_EQ(b.data_loss.off.size(), 2U);
  EXPECT_EQ(b.streams.action, StreamAction::kReset);
  EXPECT_EQ(b.streams.protocol.text, "redis");
  EXPECT_EQ(a.streams.protocol.text, "mysql");
}

TEST(InspectionConfig, SaysWhereWhatIsWrong) {
  const std::pair<absl::string_view, absl::string_view> cases[] = {
      {"{paranoia: 0}", "conf/proxy.yaml:6:24: error[FB0202]: inspection.paranoia is 0"},
      {"{thresholds: []}", "inspection.thresholds has 0 numbers"},
      {"{thresholds: [1, 2, 3, 4, 5]}", "inspection.thresholds has 5 numbers"},
      {"{thresholds: [5, 0]}", "a threshold is 0"},
      {"{exclusions: [{}]}", "inspection.exclusions[0] has neither a rule nor a field"},
      {"{exclusions: [{path: /a}]}", "has neither a rule nor a field"},
      {"{exclusions: [{rule: SQL}]}", "no rule begins with \"SQL\""},
      {"{responses: {sample_percent: 101}}", "inspection.responses.sample_percent is 101"},
      {"{data_loss: {rules: [\"\"]}}", "inspection.data_loss.rules[0] is empty"},
      {"{streams: {action: TARPITT}}", "did you mean \"TARPIT\"?"},
      {"{fail_mode: SHUT}", "[FB0112]"},
  };
  for (const auto& [text, error] : cases) EXPECT_THAT(ErrorsOf(text), HasSubstr(error)) << text;
}

TEST(InspectionConfig, LearnsNothingUnlessTold) {
  EXPECT_EQ(Listeners("{mode: BLOCK}").at(0).inspection.learning.state, LearningState::kOff);
}

TEST(InspectionConfig, EachListenerHasALearningStateOfItsOwn) {
  const auto listeners = Listeners(
      "{mode: DETECT, learning: {state: LEARN, folder: state, least_hours: 0, max_parameters: 50}}",
      "{learning: {state: ENFORCE, least_samples: 7}}");
  const LearningConfig& a = listeners.at(0).inspection.learning;
  const LearningConfig& b = listeners.at(1).inspection.learning;
  EXPECT_EQ(a.state, LearningState::kLearn);
  EXPECT_EQ(a.folder, "conf/state");
  EXPECT_EQ(a.least_samples, 1000);
  EXPECT_EQ(a.least_hours, 0);
  EXPECT_EQ(a.max_parameters, 50);
  EXPECT_EQ(b.state, LearningState::kEnforce);
  EXPECT_EQ(b.folder, "conf/state");
  EXPECT_EQ(b.least_samples, 7);
}

TEST(InspectionConfig, WhatIsNotInspectedIsNotLearned) {
  const auto listeners =
      Listeners("{mode: BLOCK, learning: {state: LEARN, folder: state}}", "{mode: OFF}");
  EXPECT_EQ(listeners.at(0).inspection.learning.state, LearningState::kLearn);
  EXPECT_EQ(listeners.at(1).inspection.learning.state, LearningState::kOff);
  EXPECT_EQ(Listeners("{streams: {action: DETECT}, learning: {state: LEARN, folder: state}}")
                .at(0)
                .inspection.learning.state,
            LearningState::kLearn);
  EXPECT_THAT(ErrorsOf("{learning: {state: LEARN, folder: state}}"),
              HasSubstr("no listener would learn"));
  EXPECT_THAT(ErrorsOf("{}", "{learning: {state: LEARN, folder: state}}"),
              HasSubstr("listeners[1] would learn nothing"));
}

TEST(InspectionConfig, SaysWhatIsWrongWithLearning) {
  EXPECT_THAT(ErrorsOf("{mode: BLOCK, learning: {state: LEARN}}"),
              HasSubstr("inspection.learning.folder is missing"));
  EXPECT_THAT(ErrorsOf("{mode: BLOCK}", "{learning: {state: LEARN}}"),
              HasSubstr("listeners[1].inspection.learning.folder is missing"));
  for (const char* wrong :
       {"least_samples: 0", "least_hours: -1", "max_parameters: 9", "max_parameters: 20001"}) {
    EXPECT_THAT(ErrorsOf(absl::StrCat("{learning: {", wrong, "}}")),
                HasSubstr(absl::StrCat(
                    "inspection.learning.",
                    std::string(wrong).replace(std::string(wrong).find(':'), 1, " is"))));
  }
}

TEST(InspectionConfig, PacksAreOfTheWholeSidecarAndNobodysUnsigned) {
  Diagnostics diagnostics;
  const auto config = ParseProxyConfig(
      "conf/proxy.yaml", With("{packs: [builtin, packs, /etc/shop.yaml], pack_keys: [AAAA]}"),
      &diagnostics);
  ASSERT_TRUE(config.has_value()) << diagnostics.Format(false);
  EXPECT_THAT(config->packs.paths, ElementsAre("conf/packs", "/etc/shop.yaml"));
  EXPECT_THAT(config->packs.keys, ElementsAre("AAAA"));
  EXPECT_THAT(ErrorsOf("{packs: [packs]}"), HasSubstr("inspection.pack_keys is missing"));
  EXPECT_THAT(ErrorsOf("{pack_keys: [a, b, c, d, e, f, g, h, i]}"), HasSubstr("at most 8"));
  EXPECT_THAT(ErrorsOf("{}", "{packs: [packs]}"), HasSubstr("packs are for the whole sidecar"));
}

TEST(InspectionConfig, BoundsExclusions) {
  std::string many = "{exclusions: [";
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many, "{field: query}, ");
  EXPECT_THAT(ErrorsOf(many + "]}"), HasSubstr("65 exclusions on one listener"));
}

}  // namespace
}  // namespace firebreak::config
