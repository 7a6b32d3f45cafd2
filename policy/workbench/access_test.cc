#include "policy/workbench/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "policy/dice.h"
#include "policy/testing.h"
#include "policy/workbench/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Policy(const std::string& name, const std::string& app, const std::string& fields,
                   const std::string& rule) {
  return absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ", name,
      ", namespace: shop}\nspec: {selector: {matchLabels: {app: ", app, "}}", fields, ", rules: [",
      rule, "]}\n");
}

certs::SpiffeId Id(const std::string& name) {
  return *certs::SpiffeId::ParsePrincipal(absl::StrCat("td/ns/shop/sa/", name));
}

InventoryWorkload Known(const std::string& name, std::vector<InventoryPort> ports = {}) {
  return {name, Workload{"shop", {{"app", name}}}, Id(name), false, std::move(ports)};
}

Inventory Shop(std::vector<InventoryPort> ports = {}) {
  Inventory inventory;
  inventory.Add(Known("orders"));
  inventory.Add(Known("payments", std::move(ports)));
  return inventory;
}

// Asking is the answers to one text of policies.
class Asking {
 public:
  explicit Asking(const std::string& text, Inventory inventory = Shop())
      : book_(BookOf(text)), inventory_(std::move(inventory)), finder_(book_, inventory_) {}

  // Can: orders, payments. who-can where caller is false.
  AccessAnswer Can(bool caller = true, const OpenRequestLine* line = nullptr) {
    Access access;
    if (caller) {
      access.from = *inventory_.Find("orders");
      access.caller = QuestionEnd{access.from->principal, IpAddress()};
    }
    access.to = *inventory_.Find("payments");
    access.port = 8080;
    access.at = kNow;
    if (line != nullptr) access.request = *OpenRequest::Of(*line);
    return finder_.Find(access);
  }

 private:
  PolicyBook book_;
  Inventory inventory_;
  AccessFinder finder_;
};

constexpr char kPortsOnly[] =
    R"({name: r, from: [{source: {namespaces: [shop]}}], to: [{operation: {ports: ["8080"]}}]})";

// What DENY leaves of a rule that names only ports is found, whatever the DENY rule looks at.
TEST(Access, ADenyRuleThatLooksIntoRequestsLeavesTheRest) {
  for (const char* deny : {
           R"({to: [{operation: {methods: [DELETE]}}]})",
           R"({to: [{operation: {notMethods: [GET]}}]})",
           R"({to: [{operation: {paths: ["/admin/{**}"]}}]})",
           R"({to: [{operation: {notPaths: ["/v1/x/{*}"]}}]})",
           R"({to: [{operation: {hosts: [evil.example]}}]})",
           R"({to: [{operation: {notHosts: [api.example]}}]})",
           R"({to: [{operation: {notProtocols: [HTTP2]}}]})",
           R"({to: [{operation: {grpc: {notServices: [a.B]}}}]})",
           R"({when: [{key: "request.headers[x-ok]", values: ["no"]}]})",
           R"({when: [{key: "request.headers[x-ok]", notValues: ["yes"]}]})",
           R"({when: [{key: "request.headers[x-ok]", notValues: ["yes-*"]}]})",
           R"({when: [{key: connection.sni, notValues: [a.example]}]})",
           R"({when: [{key: destination.ip, notValues: [10.0.0.1]}]})",
           R"({when: [{key: source.serviceAccount, notValues: [shop/orders]}]})",
           R"({when: [{key: source.principal, notValues: ["*/sa/orders"]}]})",
           R"({from: [{source: {notServiceAccounts: [shop/orders]}}]})",
           R"({from: [{source: {notIpBlocks: [10.0.0.0/8]}}]})",
           R"({from: [{source: {notRemoteIpBlocks: [203.0.113.0/24]}}]})",
       }) {
    Asking asking(Policy("a", "payments", "", kPortsOnly) +
                  Policy("d", "payments", ", action: DENY", deny));
    for (const bool caller : {true, false}) {
      const AccessAnswer answer = asking.Can(caller);
      EXPECT_TRUE(answer.allowed()) << deny << caller;
      EXPECT_THAT(answer.unknown, IsEmpty()) << deny;
    }
  }
}

TEST(Access, WhatADenyRuleTakesWholeIsRefused) {
  Asking asking(
      Policy("a", "payments", "", kPortsOnly) +
      Policy("d", "payments", ", action: DENY", R"({from: [{source: {namespaces: [shop]}}]})"));
  EXPECT_FALSE(asking.Can().allowed());
  EXPECT_FALSE(asking.Can(/*caller=*/false).allowed());
}

TEST(Access, WhoCanFindsTheFewWhomACanaryLeaves) {
  Asking asking(Policy("a", "payments", "", kPortsOnly) +
                Policy("d", "payments", ", action: DENY, enforce: {percent: 99}", "{}"));
  const AccessAnswer answer = asking.Can(/*caller=*/false);
  ASSERT_TRUE(answer.allowed());
  EXPECT_THAT(answer.grants[0].except, ElementsAre("shop/d rules[0]"));
}

TEST(Access, MembersOfAGroupAreCallersAndWorkloads) {
  const std::string text =
      "apiVersion: firebreak.dev/v1\nkind: PrincipalGroup\nmetadata: {name: writers, namespace: "
      "shop}\nspec: {principals: [td/ns/shop/sa/orders, td/ns/shop/sa/web]}\n" +
      Policy("a", "payments", "",
             R"({name: r, from: [{source: {principals: ["group:writers"]}}]})");
  Asking asking(text);
  EXPECT_TRUE(asking.Can().allowed());
  const AccessAnswer anybody = asking.Can(/*caller=*/false);
  ASSERT_EQ(anybody.grants.size(), 1);
  EXPECT_THAT(anybody.grants[0].who, HasSubstr("group:writers"));
  const Inventory inferred = Inventory::Infer(BookOf(text));
  EXPECT_TRUE(inferred.Find("shop/web").ok());
}

TEST(Access, RulesOfWhenAreNotDropped) {
  for (const char* when : {R"({key: source.serviceAccount, values: [shop/orders]})",
                           R"({key: connection.sni, values: [a.example]})",
                           R"({key: destination.ip, values: [10.0.0.1]})"}) {
    Asking asking(Policy("a", "payments", "", absl::StrCat("{when: [", when, "]}")));
    EXPECT_TRUE(asking.Can().allowed()) << when;
    EXPECT_TRUE(asking.Can(/*caller=*/false).allowed()) << when;
  }
}

TEST(Access, WhatIsNotSaidOfARequestIsOpen) {
  Asking asking(Policy("a", "payments", "",
                       R"({to: [{operation: {methods: [POST], paths: ["/v1/{*}"]}}],
                           when: [{key: "request.headers[x-a]", values: ["b*"]}]})"));
  OpenRequestLine line;
  line.method = "POST";
  EXPECT_TRUE(asking.Can(true, &line).allowed());
  line.headers = {{"x-a", "bc"}};
  EXPECT_TRUE(asking.Can(true, &line).allowed());
  line.headers = {{"x-a", "c"}};
  EXPECT_FALSE(asking.Can(true, &line).allowed());
  line.headers.clear();
  line.path = "/v2/x";
  EXPECT_FALSE(asking.Can(true, &line).allowed());
}

// What the OUTBOUND rule asks for, a client may send.
TEST(Access, OutboundRulesAboutRequestsMeetInboundRulesAboutPorts) {
  for (const char* to : {
           R"({destination: {hosts: [payments.shop]}})",
           R"({destination: {notHosts: [evil]}})",
           R"({destination: {ipBlocks: [10.0.0.0/8]}})",
           R"({destination: {notIpBlocks: [10.0.0.0/8]}})",
           R"({operation: {paths: ["/v1/{*}"]}})",
           R"({operation: {protocols: [HTTP2]}})",
           R"({operation: {protocols: [WEBSOCKET]}})",
           R"({operation: {grpc: {services: [a.B]}}})",
       }) {
    Asking asking(Policy("a", "payments", "", kPortsOnly) +
                  Policy("o", "orders", ", direction: OUTBOUND", absl::StrCat("{to: [", to, "]}")));
    const AccessAnswer answer = asking.Can();
    EXPECT_TRUE(answer.outbound_asked);
    EXPECT_TRUE(answer.allowed()) << to;
    EXPECT_FALSE(answer.outbound_port_open) << to;
  }
}

TEST(Access, BothSidesMustAllowTheSameRequest) {
  Asking asking(Policy("a", "payments", "", R"({to: [{operation: {paths: ["/v1/{*}"]}}]})") +
                Policy("o", "orders", ", direction: OUTBOUND",
                       R"({to: [{operation: {paths: ["/v2/{*}"]}}]})"));
  EXPECT_FALSE(asking.Can().allowed());
}

TEST(Access, ThePortOfTheSidecarIsThatOfTheInventoryOrOpen) {
  const std::string text =
      Policy("a", "payments", "", kPortsOnly) +
      Policy("o", "orders", ", direction: OUTBOUND", R"({to: [{destination: {ports: ["9443"]}}]})");
  const AccessAnswer open = Asking(text).Can();
  EXPECT_TRUE(open.allowed());
  EXPECT_TRUE(open.outbound_port_open);
  const AccessAnswer known = Asking(text, Shop({{8080, 9443}})).Can();
  EXPECT_TRUE(known.allowed());
  EXPECT_FALSE(known.outbound_port_open);
  EXPECT_FALSE(Asking(text, Shop({{8080, 8080}})).Can().allowed());
}

TEST(Access, WhatNoClientCanSendIsNotAllowed) {
  Asking asking(Policy("a", "payments", "",
                       R"({to: [{operation: {methods: [GET], grpc: {services: [a.B]}}}]})"));
  EXPECT_FALSE(asking.Can().allowed());
}

TEST(Access, WhatCannotBeSearchedIsUnknown) {
  Asking asking(
      Policy("a", "payments", "", R"({when: [{key: "request.headers[x-a]", values: ["a,*"]}]})"));
  const AccessAnswer answer = asking.Can();
  EXPECT_FALSE(answer.allowed());
  ASSERT_EQ(answer.unknown.size(), 1);
  EXPECT_THAT(answer.unknown[0], HasSubstr("no exact answer"));
}

// CanBeSent: no client sends the others, and dice do not know.
bool CanBeSent(const Question& question) {
  if (question.carries == Carries::kRequests || question.from_ip.empty()) return false;
  if (question.to_ip.empty() || question.remote.kind == RemoteAddress::Kind::kLater) return false;
  if (!question.http.has_value()) return true;
  const http::Request& request = *question.http;
  if (request.grpc && request.method != "POST") return false;
  if (request.path == "*" && request.method != "OPTIONS") return false;
  if (request.upgrade == http::Upgrade::kNone) return true;
  return !request.grpc && request.method == "GET" && request.version != http::Version::kHttp2;
}

// Said is a random part of what question has.
Access Said(const Question& question, const InventoryWorkload& workload, Dice* dice) {
  Access access;
  access.to = &workload;
  access.at = question.now;
  if (dice->OneIn(2)) {
    access.caller = EndOf(question.from, dice->OneIn(2) ? question.from_ip : "");
    if (!access.caller->id.has_value()) access.caller = EndOf("", question.from_ip);
  }
  if (dice->OneIn(2)) access.port = question.port;
  if (!question.http.has_value() || dice->OneIn(3)) return access;
  OpenRequest open;
  open.request = *question.http;
  open.request.headers = {};
  open.method = dice->OneIn(2);
  open.path = dice->OneIn(2);
  open.host = dice->OneIn(2);
  access.request = std::move(open);
  return access;
}

// The engine, asked many questions, allows none that the answer denies; and whatever the answer
// allows, the engine allows, which Find itself makes sure of.
TEST(Access, NothingThatTheEngineAllowsIsDenied) {
  constexpr int kPolicies = 60;
  constexpr int kQuestions = 300;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(absl::StrCat("FIREBREAK_SEED=", seed));
  Dice dice(seed);
  int allowed = 0;
  int unknown = 0;
  for (int i = 0; i < kPolicies; ++i) {
    std::string text = GroupsToYaml();
    for (int policy = 0; policy < 4; ++policy) text += dice.Policy(policy, 2).ToYaml();
    const PolicyBook book = BookOf(text);
    InventoryWorkload self{"self", TestWorkload(), std::nullopt, false};
    Inventory inventory;
    AccessFinder finder(book, inventory);
    const auto policy = book.For(TestWorkload());
    for (int n = 0; n < kQuestions; ++n) {
      Question question = dice.Ask();
      if (!CanBeSent(question)) continue;
      question.direction = Direction::kInbound;
      if (!Decide(policy, question).allowed) continue;
      Access access = Said(question, self, &dice);
      question.direction = Direction::kOutbound;
      if (Decide(policy, question).allowed && dice.OneIn(2)) access.from = &self;
      if (access.from != nullptr && !access.caller.has_value()) {
        access.caller = EndOf(question.from, "");
      }
      const AccessAnswer answer = finder.Find(access);
      ++allowed;
      unknown += answer.unknown.empty() ? 0 : 1;
      ASSERT_TRUE(answer.allowed() || !answer.unknown.empty()) << Describe(question) << text;
      for (const std::string& why : answer.unknown) {
        EXPECT_THAT(why, testing::Not(HasSubstr("contradicts"))) << text;
      }
    }
  }
  EXPECT_GT(allowed, kPolicies);
  EXPECT_LT(unknown, allowed / 10);
}

}  // namespace
}  // namespace firebreak::policy
