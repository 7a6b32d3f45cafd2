#include "flows/flow_filter.h"

#include <gtest/gtest.h>

#include "flows/principal.h"

namespace firebreak::flows {
namespace {

TEST(SplitPrincipal, TakesOnlyTheShapeItNames) {
  const auto parts = SplitPrincipal("shop.example/ns/shop/sa/orders");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->trust_domain, "shop.example");
  EXPECT_EQ(parts->namespace_name, "shop");
  EXPECT_EQ(parts->service_account, "orders");
  for (const char* other :
       {"", "shop.example", "shop.example/ns/shop", "shop.example/workload/x",
        "shop.example/ns/shop/sa/", "shop.example/ns//sa/x", "/ns/shop/sa/orders",
        "shop.example/ns/shop/sa/orders/extra", "shop.example/ns/shop/xx/orders"}) {
    EXPECT_FALSE(SplitPrincipal(other).has_value()) << other;
  }
}

TEST(FlowFilter, AnEmptyFilterTakesEverything) { EXPECT_TRUE(FlowFilter().Matches(Flow())); }

TEST(FlowFilter, OneEndMustMatchAllThatIsAskedOfEitherEnd) {
  Flow flow;
  flow.source.namespace_name = "shop";
  flow.source.port = 1;
  flow.destination.namespace_name = "bank";
  flow.destination.port = 2;
  FlowFilter filter;
  filter.either.namespaces = {"shop"};
  filter.either.ports = {1};
  EXPECT_TRUE(filter.Matches(flow));
  filter.either.ports = {2};
  EXPECT_FALSE(filter.Matches(flow));
}

TEST(FlowFilter, ReadsNamesFromThePrincipalWhereTheRecordHasNone) {
  Flow flow;
  flow.source.principal = "shop.example/ns/shop/sa/orders";
  FlowFilter filter;
  filter.from.namespaces = {"shop"};
  filter.from.workloads = {"shop/orders"};
  EXPECT_TRUE(filter.Matches(flow));
}

TEST(FlowFilter, AnUnreadableAddressMatchesNoBlock) {
  Flow flow;
  flow.source.ip = "not an address";
  FlowFilter filter;
  filter.from.ips = {*CidrBlock::Parse("0.0.0.0/0"), *CidrBlock::Parse("::/0")};
  EXPECT_FALSE(filter.Matches(flow));
}

}  // namespace
}  // namespace firebreak::flows
