#include "policy/workbench/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "policy/loader.h"

namespace firebreak::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Seen is a TCP connection from web to shop/payments:8080.
flows::Flow Seen(const std::string& from = "shop.example/ns/shop/sa/web") {
  flows::Flow flow;
  flow.time = kNow;
  flow.event = "CLOSE";
  flow.direction = "INBOUND";
  flow.verdict = "FORWARDED";
  flow.protocol = "TCP";
  flow.reporter.namespace_name = "shop";
  flow.reporter.workload = "payments";
  flow.source.principal = from;
  flow.source.ip = "10.0.0.9";
  flow.destination.principal = "shop.example/ns/shop/sa/payments";
  flow.destination.ip = "10.0.0.2";
  flow.destination.port = 8080;
  flow.decision_id = "00000000000000010000000000000002";
  return flow;
}

flows::Flow Request(const std::string& method, const std::string& path) {
  flows::Flow flow = Seen();
  flow.event = "REQUEST";
  flow.protocol = "HTTP1";
  flow.http.method = method;
  flow.http.path = path;
  flow.http.authority = "payments";
  return flow;
}

flows::Flow Denied(flows::Flow flow) {
  flow.verdict = "DROPPED";
  flow.reason = "NO_RULE";
  return flow;
}

TrafficLog Log(const std::vector<flows::Flow>& flows) {
  TrafficLog log;
  for (const flows::Flow& flow : flows) log.Add(flow);
  return log;
}

Suggestion Suggest(const std::vector<flows::Flow>& flows, const SuggestOptions& options = {}) {
  auto suggestion = SuggestPolicies(Log(flows), options, kNow);
  EXPECT_TRUE(suggestion.ok()) << suggestion.status();
  return suggestion.ok() ? *std::move(suggestion) : Suggestion();
}

TEST(Suggest, OnePolicyForEachWorkloadAndOneRuleForEachPeer) {
  flows::Flow ledger = Seen();
  ledger.reporter.workload = "ledger";
  const Suggestion suggestion =
      Suggest({Seen(), Seen(), Seen("shop.example/ns/shop/sa/orders"), ledger});
  EXPECT_EQ(suggestion.policies, 2);
  EXPECT_EQ(suggestion.rules, 3);
  EXPECT_EQ(suggestion.questions, 3);
  EXPECT_THAT(suggestion.yaml, HasSubstr("metadata: {name: payments-inbound, namespace: shop}"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("selector: {matchLabels: {app: ledger}}"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("principals: [\"shop.example/ns/shop/sa/orders\"]"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("protocols: [\"TCP\"]"));
  EXPECT_THAT(suggestion.yaml,
              HasSubstr("# TCP: 2 times, 2027-01-15T08:00:00Z, such as decision 0000000000000001"));
}

TEST(Suggest, IdsBecomeOneSegmentWhenEnoughDifferentOnesWereSeen) {
  const Suggestion suggestion =
      Suggest({Request("GET", "/v1/charges/1"), Request("GET", "/v1/charges/2"),
               Request("GET", "/v1/charges/3"), Request("GET", "/v1/refunds/1"),
               Request("GET", "/v1/refunds/2")});
  EXPECT_THAT(suggestion.yaml,
              HasSubstr(R"(paths: ["/v1/charges/{*}", "/v1/refunds/1", "/v1/refunds/2"])"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("# GET /v1/charges/{*} (3 paths): 3 times"));
}

TEST(Suggest, WordsStayWordsHoweverMany) {
  const Suggestion suggestion = Suggest({Request("GET", "/users/ann"), Request("GET", "/users/bob"),
                                         Request("GET", "/users/eve"), Request("GET", "/")});
  EXPECT_THAT(suggestion.yaml,
              HasSubstr(R"(paths: ["/", "/users/ann", "/users/bob", "/users/eve"])"));
  EXPECT_THAT(suggestion.yaml, Not(HasSubstr("*")));
}

TEST(Suggest, RedactedSegmentIsNeverWrittenDown) {
  const Suggestion suggestion = Suggest({Request("GET", "/reset/{redacted}")});
  EXPECT_THAT(suggestion.yaml, HasSubstr(R"(paths: ["/reset/{*}"])"));
}

TEST(Suggest, AnIdThatWasLeftOutIsNeverWrittenDown) {
  const Suggestion suggestion = Suggest({Request("GET", "/v1/charges/{id}")});
  EXPECT_THAT(suggestion.yaml, HasSubstr(R"(paths: ["/v1/charges/{*}"])"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("{*} for what the records redact"));
}

TEST(Suggest, WhatARedactionHidesIsSaidInTheComment) {
  const Suggestion suggestion = Suggest({Request("GET", "/reset/{redacted}")});
  EXPECT_THAT(suggestion.yaml, HasSubstr("{*} for what the records redact"));
}

TEST(Suggest, HostsAreNamedWhereTheyAreWhatWasDenied) {
  flows::Flow other = Request("GET", "/a");
  other.http.authority = "evil.example";
  const Suggestion suggestion = Suggest({Request("GET", "/a"), Denied(other)});
  EXPECT_THAT(suggestion.yaml, HasSubstr("hosts: [\"payments\"]"));
  EXPECT_THAT(suggestion.not_denied, IsEmpty());
  EXPECT_THAT(Suggest({Request("GET", "/a")}).yaml, Not(HasSubstr("hosts")));
}

TEST(Suggest, OutboundLeavesOutWhatTheOtherSideRefused) {
  const auto outbound = [](const std::string& path, uint16_t status) {
    flows::Flow flow = Request("GET", path);
    flow.direction = "OUTBOUND";
    flow.reporter.workload = "web";
    flow.http.status = status;
    return flow;
  };
  SuggestOptions options;
  options.outbound = true;
  const Suggestion suggestion = Suggest({outbound("/a", 200), outbound("/b", 403)}, options);
  EXPECT_THAT(suggestion.yaml, HasSubstr("paths: [\"/a\"]"));
  EXPECT_EQ(suggestion.refused, 1);
}

TEST(Suggest, PathsGoOnFreelyOnlyWhenAskedFor) {
  SuggestOptions options;
  options.grouping.depth = 1;
  const Suggestion suggestion = Suggest({Request("GET", "/static/a/b.js")}, options);
  EXPECT_THAT(suggestion.yaml, HasSubstr(R"(paths: ["/static/{**}"])"));
}

TEST(Suggest, MethodsAreNotCrossedWithPathsOfOthers) {
  const Suggestion suggestion =
      Suggest({Request("GET", "/a"), Request("POST", "/b"), Denied(Request("POST", "/a"))});
  EXPECT_THAT(suggestion.not_denied, IsEmpty());
}

TEST(Suggest, GrpcByServiceAndMethod) {
  flows::Flow call = Request("POST", "/shop.Ledger/Append");
  call.protocol = "GRPC";
  const Suggestion suggestion = Suggest({call});
  EXPECT_THAT(suggestion.yaml, HasSubstr("services: [\"shop.Ledger\"]\n"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("methods: [\"Append\"]\n"));
}

TEST(Suggest, OptionsOfTheServerIsNoPath) {
  const Suggestion suggestion =
      Suggest({Request("OPTIONS", "*"), Denied(Request("OPTIONS", "/a"))});
  EXPECT_THAT(suggestion.not_denied, IsEmpty());
  EXPECT_EQ(suggestion.questions, 1);
}

TEST(Suggest, PeerWithoutIdentityIsNamedByItsAddress) {
  const Suggestion suggestion = Suggest({Seen("")});
  EXPECT_THAT(suggestion.yaml, HasSubstr("ipBlocks: [\"10.0.0.9\"]"));
}

TEST(Suggest, OutboundNamesTheOtherSideAndOnlyWhenAskedFor) {
  flows::Flow flow = Seen();
  flow.direction = "OUTBOUND";
  flow.reporter.workload = "web";
  EXPECT_EQ(Suggest({flow}).yaml, "");
  SuggestOptions options;
  options.outbound = true;
  const Suggestion suggestion = Suggest({flow}, options);
  EXPECT_THAT(suggestion.yaml, HasSubstr("direction: OUTBOUND"));
  EXPECT_THAT(suggestion.yaml, HasSubstr("    - destination:\n        principals: "
                                         "[\"shop.example/ns/shop/sa/payments\"]\n"));
  EXPECT_EQ(suggestion.questions, 1);
}

TEST(Suggest, SaysWhatWasDeniedAndIsNowAllowed) {
  const Suggestion suggestion = Suggest({Request("GET", "/v1/1"), Request("GET", "/v1/2"),
                                         Request("GET", "/v1/3"), Denied(Request("GET", "/v1/4"))});
  EXPECT_THAT(suggestion.not_denied,
              ElementsAre("shop.example/ns/shop/sa/web -> shop/payments port 8080 GET /v1/4: "
                          "denied 1 time; now allowed by payments-inbound web"));
}

TEST(Suggest, DeniedTrafficIsAllowedOnlyWhenAskedFor) {
  EXPECT_EQ(Suggest({Denied(Seen())}).yaml, "");
  SuggestOptions options;
  options.include_denied = true;
  EXPECT_EQ(Suggest({Denied(Seen())}, options).questions, 1);
}

TEST(Suggest, HostileNamesNeitherEscapeNorAreLost) {
  flows::Flow evil = Request("GET", "/a\"]\n  - {}\n#");
  flows::Flow principal = Seen("shop.example/ns/\x1b[31m/sa/x");
  flows::Flow workload = Seen();
  workload.reporter.workload = "x\n---\nkind: Evil";
  flows::Flow id = Request("GET", "/ok");
  id.decision_id = "x\n  - {}\n\x1b[2J";
  const Suggestion suggestion = Suggest({evil, principal, workload, id});
  EXPECT_EQ(suggestion.not_allowed.size(), 3);
  EXPECT_EQ(suggestion.questions, 1);
  EXPECT_THAT(suggestion.yaml, HasSubstr("such as decision x\\x0a - {}\\x0a\\x1b[2J\n"));
  for (const std::string& note : suggestion.not_allowed) {
    EXPECT_THAT(note, Not(HasSubstr("\n")));
    EXPECT_THAT(note, Not(HasSubstr("\x1b")));
  }
}

TEST(Suggest, ConnectionIsCountedOnceHoweverManyRecords) {
  flows::Flow open = Seen();
  open.event = "OPEN";
  open.flow_id = "f";
  flows::Flow close = Seen();
  close.flow_id = "f";
  EXPECT_THAT(Suggest({open, close}).yaml, HasSubstr("# TCP: 1 time, "));
}

TEST(Suggest, WhatLivesOnIsSeenBeforeItEndsAndCountedOnce) {
  flows::Flow periodic = Seen();
  periodic.event = "PERIODIC";
  periodic.flow_id = "f";
  flows::Flow close = Seen();
  close.flow_id = "f";
  EXPECT_THAT(Suggest({periodic}).yaml, HasSubstr("# TCP: 1 time, "));
  EXPECT_THAT(Suggest({periodic, periodic, close}).yaml, HasSubstr("# TCP: 1 time, "));
  flows::Flow stream = Request("GET", "/feed");
  stream.flow_id = "g";
  stream.decision_id = "d1";
  flows::Flow lives = stream;
  lives.event = "PERIODIC";
  const std::string once = Suggest({stream}).yaml;
  EXPECT_EQ(Suggest({lives, lives, stream}).yaml, once);
  EXPECT_EQ(Suggest({lives}).yaml, once);
  flows::Flow sums = Seen();
  sums.event = "ROLLUP";
  EXPECT_EQ(Suggest({stream, sums}).yaml, once) << "sums are of flows that are counted already";
}

// Random traffic, and what is suggested from it read back by the engine: it allows everything that
// was carried, and denies everything else that was seen or says that it does not.
flows::Flow RandomFlow(std::mt19937& random) {
  const auto pick = [&random](const auto& values) { return values[random() % values.size()]; };
  const std::array<std::string, 5> peers = {"shop.example/ns/shop/sa/web",
                                            "shop.example/ns/a/sa/web", "other.example/vm/7", "",
                                            "not a principal"};
  const std::array<std::string, 12> paths = {
      "/",          "/a",       "/a/",    "/a/1",       "/a/2", "/a/3", "/a/{redacted}/b",
      "/a/%7B%22/", "/a/x*y/b", "/p.S/M", "/a/ann/b/4", "/a//b"};
  flows::Flow flow = random() % 3 == 0 ? Seen() : Request("GET", pick(paths));
  const std::array<std::string, 3> methods = {"GET", "POST", "OPTIONS"};
  flow.http.method = pick(methods);
  flow.source.principal = pick(peers);
  flow.destination.port = static_cast<uint16_t>(8080 + random() % 2);
  const std::array<std::string, 4> protocols = {"HTTP1", "HTTP2", "GRPC", "WEBSOCKET"};
  if (flow.event == "REQUEST") flow.protocol = pick(protocols);
  if (random() % 8 == 0) flow.http.path = "*";
  if (random() % 4 == 0) flow.direction = "OUTBOUND";
  return random() % 3 == 0 ? Denied(flow) : flow;
}

TEST(Suggest, RoundTripOfRandomTraffic) {
  std::mt19937 random(20'260'104);
  SuggestOptions options;
  options.outbound = true;
  for (int round = 0; round < 300; ++round) {
    std::vector<flows::Flow> flows;
    for (unsigned i = random() % 40 + 1; i > 0; --i) flows.push_back(RandomFlow(random));
    options.grouping.min_distinct = random() % 4 + 1;
    const TrafficLog log = Log(flows);
    const Suggestion suggestion = Suggest(flows, options);
    config::Diagnostics diagnostics;
    const auto policy = LoadPolicyText("suggested.yaml", suggestion.yaml,
                                       {"shop", {{"app", "payments"}}}, &diagnostics);
    ASSERT_NE(policy, nullptr) << diagnostics.Format(false) << suggestion.yaml;
    Authorizer authorizer(policy, 1);
    size_t refused = 0;
    size_t admitted = 0;
    for (const auto& [traffic, evidence] : log.questions()) {
      const auto decision = Decide(authorizer, traffic, kNow);
      const bool allowed = decision.ok() && decision->allowed;
      if (evidence.carried.count > 0 && !allowed) ++refused;
      if (evidence.denied.count > 0 && allowed) ++admitted;
    }
    EXPECT_EQ(refused, suggestion.not_allowed.size()) << suggestion.yaml;
    EXPECT_EQ(admitted, suggestion.not_denied.size()) << suggestion.yaml;
  }
}

}  // namespace
}  // namespace firebreak::policy
