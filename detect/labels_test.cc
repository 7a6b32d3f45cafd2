#include "detect/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace firebreak::detect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Refusal is what Parse says of a text that it refuses.
std::string Refusal(const std::string& text) {
  config::Diagnostics diagnostics;
  EXPECT_FALSE(Labels::Parse("labels.yaml", text, &diagnostics).has_value()) << text;
  return diagnostics.Format(false);
}

TEST(Labels, PatternsAndNamesGiveLabels) {
  config::Diagnostics diagnostics;
  auto labels = Labels::Parse("labels.yaml",
                              "identities:\n"
                              "- {principal: \"spiffe://shop.example/ns/shop/sa/ledger\", labels: "
                              "[crown_jewel]}\n"
                              "- {principal: \"shop.example/ns/edge/*\", labels: "
                              "[internet_facing, scanner]}\n"
                              "honey_routes:\n"
                              "- {path: \"/admin/*\"}\n",
                              &diagnostics);
  ASSERT_TRUE(labels.has_value()) << diagnostics.Format(false);
  Names names;
  EXPECT_TRUE(labels->Of(names.Intern("shop.example/ns/shop/sa/ledger"), names).crown_jewel);
  EXPECT_FALSE(labels->Of(names.Intern("shop.example/ns/shop/sa/ledger2"), names).crown_jewel);
  EXPECT_TRUE(labels->Of(names.Intern("shop.example/ns/edge/sa/web"), names).scanner);
  const NameId any = names.Intern("anybody");
  EXPECT_TRUE(labels->IsHoneyRoute(any, names.Intern("GET /admin/users"), names));
  EXPECT_FALSE(labels->IsHoneyRoute(any, names.Intern("GET /v1/admin/users"), names));
}

TEST(Labels, DeclareWhoThereIs) {
  config::Diagnostics diagnostics;
  const auto labels = Labels::Parse("labels.yaml",
                                    "identities:\n"
                                    "- {principal: shop.example/a, labels: []}\n"
                                    "- {principal: shop.example/b, labels: [protected]}\n"
                                    "- {principal: \"shop.example/ops/*\", labels: [protected]}\n",
                                    &diagnostics);
  ASSERT_TRUE(labels.has_value()) << diagnostics.Format(false);
  EXPECT_THAT(labels->Declared(), ElementsAre("shop.example/a", "shop.example/b"));
  EXPECT_THAT(labels->Protected(), ElementsAre("shop.example/b", "shop.example/ops/*"));
}

TEST(Labels, WhatIsNotUnderstoodIsRefusedWithItsPlace) {
  EXPECT_THAT(Refusal("identities: [{principal: a, labels: [crown_jewl]}]"),
              HasSubstr("did you mean \"crown_jewel\""));
  EXPECT_THAT(Refusal("identities:\n- {principal: a}\n"), HasSubstr("labels.yaml:2:"));
  EXPECT_THAT(Refusal("identitys: []"), HasSubstr("identitys"));
  EXPECT_THAT(Refusal("honey_routes: [{path: admin}]"), HasSubstr("begins with /"));
}

}  // namespace
}  // namespace firebreak::detect
