#include "policy/workbench/tighten.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "policy/workbench/suggest.h"
#include "policy/workbench/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

flows::Flow Seen(const std::string& from, const std::string& method, const std::string& path) {
  flows::Flow flow;
  flow.time = kNow;
  flow.event = method.empty() ? "CLOSE" : "REQUEST";
  flow.direction = "INBOUND";
  flow.verdict = "FORWARDED";
  flow.protocol = method.empty() ? "TCP" : "HTTP1";
  flow.reporter.namespace_name = "shop";
  flow.reporter.workload = "payments";
  flow.source.principal = absl::StrCat("t/ns/shop/sa/", from);
  flow.source.ip = "10.0.0.9";
  flow.destination.port = 8080;
  flow.http.method = method;
  flow.http.path = path;
  return flow;
}

std::vector<std::string> Grants(const std::vector<Unused>& unused) {
  std::vector<std::string> grants;
  grants.reserve(unused.size());
  for (const Unused& item : unused) {
    grants.push_back(absl::StrCat(item.rule, ": ", item.grant, " ", item.path));
  }
  return grants;
}

constexpr char kPolicy[] = R"(# Who may call payments.
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: charge
    from: [{source: {principals: ["t/ns/shop/sa/web", "t/ns/shop/sa/old"]}}]
    to:
    - operation:
        ports: ["8080", "9090"]
        methods: ["GET"]
        paths:
        - "/a"
        # nobody knows why
        - "/b"
  # gone since
  - name: legacy
    from: [{source: {principals: ["t/ns/shop/sa/legacy"]}}]
)";

TEST(Tighten, FindsWhatNoTrafficUses) {
  const PolicyBook book = BookOf(kPolicy);
  TrafficLog log;
  log.Add(Seen("web", "GET", "/a"));
  const auto unused = FindUnused(book, log, "app", log.first());
  EXPECT_THAT(
      Grants(unused),
      ElementsAre("charge: principals t/ns/shop/sa/old spec.rules[0].from[0].source.principals[1]",
                  "charge: ports 9090 spec.rules[0].to[0].operation.ports[1]",
                  "charge: paths /b spec.rules[0].to[0].operation.paths[1]",
                  "legacy: rule spec.rules[1]"));
  const auto tightening = Tighten(book, unused, log, "app", log.first());
  ASSERT_TRUE(tightening.ok()) << tightening.status();
  ASSERT_EQ(tightening->files.size(), 1);
  EXPECT_EQ(tightening->files[0].after, R"(# Who may call payments.
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: charge
    from: [{source: {principals: ["t/ns/shop/sa/web"]}}]
    to:
    - operation:
        ports: ["8080"]
        methods: ["GET"]
        paths:
        - "/a"
)");
}

TEST(Tighten, DeniedTrafficUsesNothing) {
  TrafficLog log;
  flows::Flow denied = Seen("legacy", "", "");
  denied.verdict = "DROPPED";
  denied.reason = "NO_RULE";
  log.Add(denied);
  log.Add(Seen("web", "GET", "/a"));
  const auto unused = FindUnused(BookOf(kPolicy), log, "app", log.first());
  EXPECT_EQ(unused.back().grant, "rule");
}

TEST(Tighten, SaysWhenItWasLastUsed) {
  TrafficLog log;
  flows::Flow old = Seen("legacy", "", "");
  old.time = kNow - absl::Hours(240);
  log.Add(old);
  log.Add(Seen("web", "GET", "/a"));
  const auto unused = FindUnused(BookOf(kPolicy), log, "app", kNow - absl::Hours(168));
  ASSERT_FALSE(unused.empty());
  EXPECT_EQ(unused.back().grant, "rule");
  EXPECT_EQ(unused.back().last_used, old.time);
}

TEST(Tighten, PolicyThatIsNotUsedAtAllIsLeftToPeople) {
  const PolicyBook book = BookOf(kPolicy);
  TrafficLog log;
  flows::Flow other = Seen("web", "GET", "/a");
  other.reporter.workload = "ledger";
  log.Add(other);
  const auto unused = FindUnused(book, log, "app", log.first());
  const auto tightening = Tighten(book, unused, log, "app", log.first());
  ASSERT_TRUE(tightening.ok()) << tightening.status();
  EXPECT_THAT(tightening->files, IsEmpty());
  EXPECT_THAT(tightening->by_hand,
              ElementsAre("policy.yaml:8:5: policy shop/payments grants nothing that was used"));
}

// What was suggested from traffic is all used by it, and what is left when some of the traffic is
// forgotten still allows the rest: Tighten verifies that itself.
TEST(Tighten, SuggestionsAreTight) {
  std::mt19937 random(7);
  const auto pick = [&random](const std::vector<std::string>& values) {
    return values[random() % values.size()];
  };
  for (int round = 0; round < 40; ++round) {
    TrafficLog log;
    TrafficLog part;
    for (unsigned i = random() % 20 + 2; i > 0; --i) {
      flows::Flow flow = Seen(pick({"web", "orders"}), pick({"", "GET", "POST"}),
                              pick({"/a", "/b/1", "/b/2", "/b/3", "/c/x"}));
      if (random() % 3 == 0) flow.destination.port = 9090;
      log.Add(flow);
      if (random() % 2 == 0) part.Add(flow);
    }
    const auto suggestion = SuggestPolicies(log, {}, kNow);
    ASSERT_TRUE(suggestion.ok()) << suggestion.status();
    const PolicyBook book = BookOf(suggestion->yaml);
    EXPECT_THAT(Grants(FindUnused(book, log, "app", log.first())), IsEmpty()) << suggestion->yaml;
    if (part.lines() == 0) continue;
    const auto unused = FindUnused(book, part, "app", part.first());
    const auto tightening = Tighten(book, unused, part, "app", part.first());
    ASSERT_TRUE(tightening.ok()) << tightening.status() << suggestion->yaml;
    EXPECT_EQ(tightening->files.empty(), unused.empty());
    if (unused.empty()) continue;
    const PolicyBook left = BookOf(tightening->files[0].after);
    EXPECT_THAT(Grants(FindUnused(left, part, "app", part.first())), IsEmpty());
  }
}

constexpr char kByHeader[] = R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: admin
    from: [{source: {principals: ["t/ns/shop/sa/web"]}}]
    to: [{operation: {ports: ["8080"], methods: ["GET", "PUT"], paths: ["/admin"]}}]
    when: [{key: "request.headers[x-role]", values: ["admin"]}]
  - name: trial
    from: [{source: {principals: ["t/ns/shop/sa/web"]}}]
    to: [{operation: {ports: ["8080"], methods: ["GET"]}}]
    when: [{key: "request.headers[x-trial]", values: ["yes"]}]
)";

flows::Flow SeenBy(const std::string& rule, const std::string& method, const std::string& path) {
  flows::Flow flow = Seen("web", method, path);
  flow.policy.namespace_name = rule.empty() ? "" : "shop";
  flow.policy.name = rule.empty() ? "" : "payments";
  flow.policy.rule = rule;
  return flow;
}

// Records hold no headers: which rule let a request through, only they say.
TEST(Tighten, ARuleAboutHeadersIsUsedByWhatRecordsSayItAllowed) {
  const PolicyBook book = BookOf(kByHeader);
  TrafficLog log;
  log.Add(SeenBy("admin", "GET", "/admin"));
  EXPECT_THAT(Grants(FindUnused(book, log, "app", log.first())),
              ElementsAre("admin: methods PUT spec.rules[0].to[0].operation.methods[1]",
                          "trial: rule spec.rules[1]"));
}

TEST(Tighten, ARecordWithoutARuleLeavesAllRulesThatMayHaveAllowedIt) {
  const PolicyBook book = BookOf(kByHeader);
  TrafficLog log;
  log.Add(SeenBy("", "GET", "/admin"));
  EXPECT_THAT(Grants(FindUnused(book, log, "app", log.first())),
              ElementsAre("admin: methods PUT spec.rules[0].to[0].operation.methods[1]"));
}

// A path that was redacted is none of the rule's.
TEST(Tighten, ARuleThatARecordNamesIsNotTakenApart) {
  const PolicyBook book = BookOf(kByHeader);
  TrafficLog log;
  log.Add(SeenBy("admin", "GET", "/{redacted}"));
  log.Add(SeenBy("trial", "GET", "/"));
  EXPECT_THAT(Grants(FindUnused(book, log, "app", log.first())), IsEmpty());
}

}  // namespace
}  // namespace firebreak::policy
