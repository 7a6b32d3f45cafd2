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

TEST(FlowTerms, AnEmptyFilterTakesEverything) {
  EXPECT_TRUE(FlowTerms().Matches(Flow()));
  EXPECT_TRUE(FlowFilter().Matches(Flow()));
}

TEST(FlowTerms, OneEndMustMatchAllThatIsAskedOfEitherEnd) {
  Flow flow;
  flow.source.namespace_name = "shop";
  flow.source.port = 1;
  flow.destination.namespace_name = "bank";
  flow.destination.port = 2;
  FlowTerms filter;
  filter.either.namespaces = {"shop"};
  filter.either.ports = {{1, 1}};
  EXPECT_TRUE(filter.Matches(flow));
  filter.either.ports = {{2, 2}};
  EXPECT_FALSE(filter.Matches(flow));
}

TEST(FlowTerms, ARangeOfPortsHasBothItsEnds) {
  FlowTerms filter;
  filter.to.ports = {{8080, 8090}, {9000, 9000}};
  const auto matches = [&filter](uint16_t port) {
    Flow flow;
    flow.destination.port = port;
    return filter.Matches(flow);
  };
  for (const uint16_t port : {8080, 8085, 8090, 9000}) EXPECT_TRUE(matches(port)) << port;
  for (const uint16_t port : {0, 8079, 8091, 8999, 9001}) EXPECT_FALSE(matches(port)) << port;
}

TEST(FlowTerms, ReadsNamesFromThePrincipalWhereTheRecordHasNone) {
  Flow flow;
  flow.source.principal = "shop.example/ns/shop/sa/orders";
  FlowTerms filter;
  filter.from.namespaces = {"shop"};
  filter.from.workloads = {"shop/orders"};
  EXPECT_TRUE(filter.Matches(flow));
}

TEST(FlowTerms, AnUnreadableAddressMatchesNoBlock) {
  Flow flow;
  flow.source.ip = "not an address";
  FlowTerms filter;
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

TEST(FlowTerms, AskedAboutRequestsTakesNothingElse) {
  const auto takes_a_connection = [](const FlowTerms& filter) { return filter.Matches(Flow()); };
  FlowTerms filter;
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

TEST(FlowTerms, FindsARequestByItsPathOrItsTemplate) {
  FlowTerms filter;
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

TEST(FlowTerms, FindsACallByAllThatItSays) {
  FlowTerms filter;
  filter.http = {.statuses = {{200, 299}},
                 .methods = {"post"},
                 .authorities = {"ledger.bank*"},
                 .paths = {"/bank.Ledger/*"},
                 .grpc_methods = {"bank.Ledger/*", "other"},
                 .grpc_statuses = {7, 0}};
  filter.trace_ids = {GrpcCall().trace_id};
  EXPECT_TRUE(filter.Matches(GrpcCall()));
  const auto refuses = [&filter](auto change) {
    FlowTerms other = filter;
    change(other);
    return !other.Matches(GrpcCall());
  };
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.http.statuses = {{201, 299}}; }));
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.http.methods = {"GET"}; }));
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.http.authorities = {"ledger"}; }));
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.http.grpc_methods = {"Append"}; }));
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.http.grpc_statuses = {7}; }));
  EXPECT_TRUE(refuses([](FlowTerms& f) { f.trace_ids = {"4bf92f"}; }));
}

TEST(FlowTerms, FindsTheRuleThatDecided) {
  Flow flow;
  flow.policy.name = "payments";
  flow.policy.namespace_name = "shop";
  flow.policy.rule = "orders-may-charge";
  FlowTerms filter;
  for (const char* policy : {"payments", "shop/payments", "shop/*", "*", "pay*"}) {
    filter.policy.policies = {policy};
    EXPECT_TRUE(filter.Matches(flow)) << policy;
    EXPECT_FALSE(filter.Matches(Flow())) << policy << ": where no rule decided, none is found";
  }
  for (const char* policy : {"orders", "bank/payments", "shop", "payments/orders-may-charge"}) {
    filter.policy.policies = {policy};
    EXPECT_FALSE(filter.Matches(flow)) << policy;
  }
  filter.policy = {.policies = {}, .rules = {"orders-*"}};
  EXPECT_TRUE(filter.Matches(flow));
  filter.policy.rules = {"web-*"};
  EXPECT_FALSE(filter.Matches(flow));
}

TEST(FlowTerms, FindsWhatInspectionFound) {
  Flow flow;
  flow.inspection.action = "BLOCK";
  flow.inspection.matches = {{"FBI-SQL-001", "sqli", "", ""},
                             {"SHOP-7", "xss", "", "", "shop", "CVE-2026-1234 CVE-2026-9999"}};
  FlowTerms filter;
  for (const char* finding : {"xss", "FBI-SQL-*", "CVE-2026-9999", "*"}) {
    filter.inspections = {finding};
    EXPECT_TRUE(filter.Matches(flow)) << finding;
    EXPECT_FALSE(filter.Matches(Flow())) << finding;
  }
  filter.inspections = {"rce"};
  EXPECT_FALSE(filter.Matches(flow));
  filter.inspections = {};
  filter.inspection_actions = {"BLOCK"};
  EXPECT_TRUE(filter.Matches(flow));
  EXPECT_FALSE(filter.Matches(Flow()));
}

TEST(FlowTerms, FindsTheReporterByAnyOfItsNames) {
  Flow flow;
  flow.reporter.node = "orders-0";
  flow.reporter.workload = "orders";
  flow.reporter.principal = "shop.example/ns/shop/sa/orders";
  FlowTerms filter;
  for (const char* name : {"orders-0", "orders", "*/sa/orders", "orders-*"}) {
    filter.reporters = {name};
    EXPECT_TRUE(filter.Matches(flow)) << name;
  }
  filter.reporters = {"payments"};
  EXPECT_FALSE(filter.Matches(flow));
}

TEST(FlowFilter, LeavesOutWhatMatchesAnyOfTheUnwanted) {
  Flow flow;
  flow.event = "CLOSE";
  flow.verdict = "DROPPED";
  flow.reason = "NO_RULE";
  FlowFilter filter;
  filter.wanted.verdicts = {"DROPPED"};
  EXPECT_TRUE(filter.Matches(flow));
  filter.unwanted.emplace_back().reasons = {"LIMIT"};
  EXPECT_TRUE(filter.Matches(flow));
  filter.unwanted.emplace_back().reasons = {"NO_RULE"};
  EXPECT_FALSE(filter.Matches(flow));
}

TEST(FlowFilter, HidesALossOnlyWhenAskedAboutEvents) {
  Flow lost;
  lost.event = "LOST";
  FlowFilter filter;
  filter.wanted.verdicts = {"DROPPED"};
  filter.unwanted.emplace_back().directions = {""};
  EXPECT_TRUE(filter.Matches(lost));
  filter.unwanted.emplace_back().events = {"LOST"};
  EXPECT_FALSE(filter.Matches(lost));
  filter.unwanted.clear();
  filter.wanted.events = {"CLOSE"};
  EXPECT_FALSE(filter.Matches(lost));
}

TEST(FlowFilter, TakesAHeadForAFlowOnlyWhereAskedForOne) {
  Flow head;
  head.event = "HEAD";
  FlowFilter filter;
  EXPECT_FALSE(filter.Matches(head));
  filter.wanted.events = {"HEAD"};
  EXPECT_TRUE(filter.Matches(head));
  filter.wanted.events = {"CLOSE"};
  EXPECT_FALSE(filter.Matches(head));
}

TEST(FlowFilter, TakesSumsOnlyWhereAskedForThemAndThenAsAnyLine) {
  Flow sums;
  sums.event = "ROLLUP";
  sums.verdict = "DROPPED";
  FlowFilter filter;
  EXPECT_FALSE(filter.Matches(sums));
  filter.wanted.events = {"ROLLUP"};
  EXPECT_TRUE(filter.Matches(sums));
  filter.wanted.verdicts = {"FORWARDED"};
  EXPECT_FALSE(filter.Matches(sums));
}

}  // namespace
}  // namespace firebreak::flows
