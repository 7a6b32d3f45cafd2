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

Flow GrpcCall() {
  Flow flow;
  flow.event = "REQUEST";
  flow.http.method = "POST";
  flow.http.authority = "ledger.bank:8080";
  flow.http.path = "/bank.Ledger/Append";
  flow.http.path_template = "/bank.Ledger/*";
  flow.http.status = 200;
  flow.grpc.service = "bank.Ledger";
  flow.grpc.method = "Append";
  flow.grpc.status = 0;
  flow.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  return flow;
}

TEST(FlowFilter, AskedAboutRequestsTakesNothingElse) {
  const auto takes_a_connection = [](const FlowFilter& filter) { return filter.Matches(Flow()); };
  FlowFilter filter;
  filter.http.paths = {"*"};
  EXPECT_FALSE(takes_a_connection(filter));
  EXPECT_TRUE(filter.Matches(GrpcCall()));
  filter = {};
  filter.http.grpc_methods = {"*"};
  EXPECT_FALSE(takes_a_connection(filter));
  filter = {};
  filter.http.grpc_statuses = {0};
  EXPECT_FALSE(takes_a_connection(filter));
  EXPECT_TRUE(filter.Matches(GrpcCall()));
  filter = {};
  filter.http.statuses = {{0, 99}};
  EXPECT_FALSE(filter.Matches(GrpcCall()));
  filter.http.statuses = {{100, 199}, {200, 200}};
  EXPECT_FALSE(takes_a_connection(filter));
  EXPECT_TRUE(filter.Matches(GrpcCall()));
}

TEST(FlowFilter, FindsARequestByItsPathOrItsTemplate) {
  FlowFilter filter;
  for (const char* pattern : {"/bank.Ledger/Append", "/bank.Ledger/*", "/bank.*", "*Append", "*",
                              "*Ledger*", "/*.*/*", "/bank*Ledger/App*end", "**"}) {
    filter.http.paths = {pattern};
    EXPECT_TRUE(filter.Matches(GrpcCall())) << pattern;
  }
  for (const char* pattern : {"", "/bank.Ledger", "bank.Ledger/Append", "/bank.Ledger/Append*x",
                              "/bank.Ledger/App*pend", "*Ledger*Ledger*"}) {
    filter.http.paths = {pattern};
    EXPECT_FALSE(filter.Matches(GrpcCall())) << pattern;
  }
}

TEST(FlowFilter, TakesAHeadForAFlowOnlyWhereAskedForOne) {
  Flow head;
  head.event = "HEAD";
  EXPECT_FALSE(FlowFilter().Matches(head));
  FlowFilter filter;
  filter.events = {"HEAD"};
  EXPECT_TRUE(filter.Matches(head));
}

TEST(FlowFilter, FindsACallByAllThatItSays) {
  FlowFilter filter;
  filter.http = {.statuses = {{200, 299}},
                 .methods = {"post"},
                 .authorities = {"ledger.bank*"},
                 .paths = {"/bank.Ledger/*"},
                 .grpc_methods = {"bank.Ledger/*", "other"},
                 .grpc_statuses = {7, 0}};
  filter.trace_ids = {GrpcCall().trace_id};
  EXPECT_TRUE(filter.Matches(GrpcCall()));
  const auto refuses = [&filter](auto change) {
    FlowFilter other = filter;
    change(other);
    return !other.Matches(GrpcCall());
  };
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.http.statuses = {{201, 299}}; }));
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.http.methods = {"GET"}; }));
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.http.authorities = {"ledger"}; }));
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.http.grpc_methods = {"Append"}; }));
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.http.grpc_statuses = {7}; }));
  EXPECT_TRUE(refuses([](FlowFilter& f) { f.trace_ids = {"4bf92f"}; }));
}

}  // namespace
}  // namespace firebreak::flows
