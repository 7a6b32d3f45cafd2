#include "policy/workbench/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "policy/workbench/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z

std::string Policy(const std::string& name, const std::string& fields, const std::string& rules) {
  return absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ", name,
      ", namespace: shop}\nspec:\n", fields, "  rules:\n", rules);
}

// Rule is a policy of one rule.
std::string Rule(const std::string& rule) {
  return Policy("a", "", absl::StrCat("  - ", rule, "\n"));
}

std::string Show(const Difference& difference) {
  std::string text = difference.newly_allowed ? "+" : "-";
  if (difference.direction == Direction::kOutbound) absl::StrAppend(&text, " OUTBOUND");
  for (const Condition& condition : difference.where) {
    absl::StrAppend(&text, " | ", condition.dimension, ": ",
                    condition.set.all_but ? "all but " : "",
                    absl::StrJoin(condition.set.values, ", "));
  }
  return text;
}

std::vector<std::string> Differences(const std::string& before, const std::string& after) {
  const auto a = BookOf(before);
  const auto b = BookOf(after);
  const auto comparison = Compare(a, b, Wanted::kBoth, kNow);
  EXPECT_TRUE(comparison.ok()) << comparison.status();
  std::vector<std::string> shown;
  if (!comparison.ok()) return shown;
  for (const Difference& difference : comparison->differences) shown.push_back(Show(difference));
  return shown;
}

TEST(Compare, SameInOtherWordsDiffersInNothing) {
  const std::string one = Rule(
      "{from: [{source: {principals: [t/ns/shop/sa/a, t/ns/shop/sa/b]}}],"
      " to: [{operation: {ports: ['80'], paths: [/a, /a/*]}}]}");
  const std::string two =
      absl::StrCat(Policy("b", "",
                          "  - {from: [{source: {principals: [t/ns/shop/sa/b]}}],"
                          " to: [{operation: {ports: ['80'], paths: ['/a/{**}']}}]}\n"),
                   Policy("c", "",
                          "  - {from: [{source: {principals: [t/ns/shop/sa/a]}}],"
                          " to: [{operation: {ports: ['80'], paths: ['/a/{**}']}}]}\n"));
  EXPECT_THAT(Differences(one, two), IsEmpty());
}

TEST(Compare, WiderPathIsNewlyAllowedAndOnlyThat) {
  const auto with_path = [](const std::string& path) {
    return Rule(absl::StrCat("{from: [{source: {principals: [t/ns/shop/sa/a]}}],",
                             " to: [{operation: {ports: ['80'], methods: [GET], paths: ['", path,
                             "']}}]}"));
  };
  EXPECT_THAT(Differences(with_path("/v1/{*}"), with_path("/v1/*")),
              ElementsAre("+ | protocol: HTTP | from: t/ns/shop/sa/a | port: 80 | method: GET | "
                          "path: /v1/* except /v1/{*}"));
  EXPECT_THAT(Differences(with_path("/v1/*"), with_path("/v1/{*}")),
              ElementsAre("- | protocol: HTTP | from: t/ns/shop/sa/a | port: 80 | method: GET | "
                          "path: /v1/* except /v1/{*}"));
}

TEST(Compare, NewPortIsForBytesAndRequests) {
  EXPECT_THAT(Differences(Rule("{to: [{operation: {ports: ['80']}}]}"),
                          Rule("{to: [{operation: {ports: ['80', '81']}}]}")),
              ElementsAre("+ | port: 81"));
}

TEST(Compare, DenyOfRequestsTakesBytesToo) {
  const std::string allow = Rule("{}");
  const std::string deny =
      Policy("d", "  action: DENY\n", "  - {to: [{operation: {methods: [DELETE]}}]}\n");
  EXPECT_THAT(Differences(allow, allow + deny),
              ElementsAre("- | protocol: TCP", "- | protocol: HTTP | method: DELETE"));
}

TEST(Compare, OutboundIsComparedToo) {
  const auto to = [](const std::string& port) {
    return Policy("a", "  direction: OUTBOUND\n",
                  absl::StrCat("  - {to: [{destination: {principals: [t/ns/shop/sa/b], ports: ['",
                               port, "']}}]}\n"));
  };
  EXPECT_THAT(Differences(to("80"), to("81")),
              ElementsAre("+ OUTBOUND | to: t/ns/shop/sa/b | port: 81",
                          "- OUTBOUND | to: t/ns/shop/sa/b | port: 80"));
}

TEST(Compare, PolicyUnderAuditDecidesNothing) {
  const std::string audit = Policy("a", "  mode: AUDIT\n", "  - {}\n");
  EXPECT_THAT(Differences(Rule("{to: [{operation: {ports: ['80']}}]}"), audit),
              ElementsAre("- | port: 80"));
  const std::string deny = Policy("d", "  action: DENY\n  mode: AUDIT\n", "  - {}\n");
  EXPECT_THAT(Differences(Rule("{}"), Rule("{}") + deny), IsEmpty());
}

// In an ALLOW rule, not... does not match where nobody knows: nothing is taken away there.
TEST(Compare, UnknownAddressIsJudgedAsByTheEngine) {
  EXPECT_THAT(Differences(Rule("{from: [{source: {notIpBlocks: [10.0.0.0/8]}}]}"), Rule("{}")),
              ElementsAre("+ | from address: 10.0.0.0/8, an unknown address"));
  EXPECT_THAT(Differences(Rule("{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}"), Rule("{}")),
              ElementsAre("+ | from address: all but 10.0.0.0/8"));
}

TEST(Compare, RemoteAddressMayBeTheCallersOwn) {
  EXPECT_THAT(Differences(Rule("{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}"),
                          Rule("{from: [{source: {ipBlocks: [10.0.0.0/8], "
                               "remoteIpBlocks: [10.0.0.0/8]}}]}")),
              ElementsAre("- | from address: 10.0.0.0/8 | remote address: all but 10.0.0.0/8, the "
                          "caller's own address"));
}

TEST(Compare, PercentIsAShareOfIdentities) {
  const std::string half = Policy("a", "  enforce: {percent: 50}\n", "  - {}\n");
  EXPECT_THAT(Differences(half, Rule("{}")),
              ElementsAre("+ | from: all but the 50 percent of all identities"));
  EXPECT_THAT(Differences(half, half), IsEmpty());
}

TEST(Compare, RuleThatLapsedMakesNoDifference) {
  const auto until = [](const std::string& time) {
    return Rule(absl::StrCat("{validity: {not_after: ", time, "}}"));
  };
  EXPECT_THAT(Differences(until("2026-12-31T00:00:00Z"), until("2027-01-01T00:00:00Z")), IsEmpty());
  EXPECT_THAT(Differences(until("2027-02-01T00:00:00Z"), until("2027-03-01T00:00:00Z")),
              ElementsAre("+ | time: until 2027-03-01T00:00:00+00:00 except until "
                          "2027-02-01T00:00:00+00:00"));
}

TEST(Compare, WeeklyWindowsAreComparedOverAYear) {
  const auto in = [](const std::string& zone) {
    return Rule(absl::StrCat("{validity: {weekly: [{days: [MON], from: '08:00', to: '09:00', ",
                             "time_zone: ", zone, "}]}}"));
  };
  // The same clock but for a few weeks in spring and autumn.
  EXPECT_THAT(Differences(in("Europe/Berlin"), in("Europe/Paris")), IsEmpty());
  EXPECT_THAT(Differences(in("Europe/London"), in("UTC")),
              ElementsAre("+ | time: MON 08:00-09:00 UTC except MON 08:00-09:00 Europe/London",
                          "- | time: MON 08:00-09:00 Europe/London except MON 08:00-09:00 UTC"));
}

TEST(Compare, MaxUsesDifferOnceTheyAreUsed) {
  const auto uses = [](int max) { return Rule(absl::StrCat("{name: r, max_uses: ", max, "}")); };
  EXPECT_THAT(Differences(uses(5), uses(5)), IsEmpty());
  EXPECT_THAT(Differences(uses(5), uses(900'000'000)),
              ElementsAre("+ | uses of shop/a/r: fewer than 900000000 except fewer than 5"));
}

TEST(Compare, HeaderListsAreSetsOfValues) {
  const auto env = [](const std::string& values) {
    return Rule(absl::StrCat("{when: [{key: 'request.headers[x-env]', values: [", values, "]}]}"));
  };
  EXPECT_THAT(Differences(env("prod"), env("prod, dev")),
              ElementsAre("+ | protocol: HTTP | header x-env: prod or dev except prod"));
}

TEST(Compare, WhatHasNoExactAnswerGetsNone) {
  const auto a = BookOf(Rule("{when: [{key: 'request.headers[x-env]', values: ['a,b*']}]}"));
  const auto b = BookOf(Rule("{}"));
  const auto comparison = Compare(a, b, Wanted::kBoth, kNow);
  EXPECT_EQ(comparison.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(comparison.status().message()), testing::HasSubstr("\"a,b*\""));
}

TEST(Compare, SameDifferenceForSeveralWorkloadsIsOne) {
  const auto for_app = [](const std::string& app) {
    return Policy(app, absl::StrCat("  selector: {matchLabels: {app: ", app, "}}\n"),
                  "  - {to: [{operation: {ports: ['80']}}]}\n");
  };
  const auto before = BookOf(for_app("web") + for_app("db"));
  const auto after = BookOf(Policy("all", "", "  - {to: [{operation: {ports: ['80', '81']}}]}\n"));
  const auto comparison = Compare(before, after, Wanted::kBoth, kNow);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->workloads, 3);
  ASSERT_EQ(comparison->differences.size(), 2);
  EXPECT_EQ(Show(comparison->differences[0]), "+ | port: 80, 81");
  ASSERT_EQ(comparison->differences[0].workloads.size(), 1);
  EXPECT_TRUE(comparison->differences[0].workloads[0].labels.empty());
  EXPECT_EQ(Show(comparison->differences[1]), "+ | port: 81");
  EXPECT_EQ(comparison->differences[1].workloads.size(), 2);
}

TEST(Compare, TooManyKindsOfWorkloadAreTooMany) {
  std::string text;
  for (int i = 0; i < 14; ++i) {
    text += Policy(absl::StrCat("p", i), absl::StrCat("  selector: {matchLabels: {k", i, ": v}}\n"),
                   "  - {}\n");
  }
  const auto comparison = Compare(BookOf(text), BookOf(Rule("{}")), Wanted::kBoth, kNow);
  EXPECT_EQ(comparison.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(Compare, CallsOfGrpcReadAsCallsAndCanBeMade) {
  const std::string none = Rule("to: [{operation: {ports: [\"1\"]}}]");
  const std::string call = Rule(
      "to: [{operation: {ports: [\"1\"]}}, "
      "{operation: {grpc: {services: [\"bank.*\"], methods: [Append]}}}]");
  EXPECT_THAT(Differences(none, call),
              ElementsAre("+ | protocol: GRPC | port: all but 1 | method: POST | path: gRPC "
                          "bank.*/Append"));
}

TEST(Compare, WhatNoClientCanSendIsNoDifference) {
  const std::string none = Rule("to: [{operation: {ports: [\"1\"]}}]");
  const std::string get = Rule(
      "to: [{operation: {ports: [\"1\"]}}, "
      "{operation: {methods: [GET], grpc: {services: [\"bank.*\"]}}}]");
  EXPECT_THAT(Differences(none, get), IsEmpty());
}

}  // namespace
}  // namespace firebreak::policy
