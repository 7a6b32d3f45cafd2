#include "policy/workbench/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "config/diagnostics.h"
#include "policy/workbench/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kPayments[] = R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: orders-may-charge
    from: [{source: {principals: ["td/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"], methods: ["POST"], paths: ["/v1/charges/{*}"]}}]
  - name: reports
    from:
    - source:
        namespaces: [reports]
    to:
    - operation:
        methods:
        - GET   # nothing else
        paths: ["/v1/reports/{**}"]
    when:
    - key: request.headers[x-env]
      values: [prod]
)";

PolicyQuestion Question(const std::string& from, uint16_t port, const std::string& method,
                        const std::string& path) {
  PolicyQuestion question;
  question.workload = {"shop", {{"app", "payments"}}};
  if (!from.empty()) question.source.id = *certs::SpiffeId::ParsePrincipal(from);
  question.source.ip = *IpAddress::Parse("10.0.0.9");
  question.port = port;
  if (!method.empty()) {
    question.request = *Canonical({.method = method, .path = path, .host = "api.shop"});
  }
  return question;
}

// Applied is text with a one-hunk diff applied, by the numbers in it.
std::string Applied(const std::string& text, const std::string& diff) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::string result;
  size_t next = 0;
  size_t at = 0;
  bool header = true;
  for (absl::string_view line : absl::StrSplit(diff, '\n')) {
    if (header) {
      if (!absl::StartsWith(line, "@@ -")) continue;
      header = false;
      EXPECT_TRUE(absl::SimpleAtoi(line.substr(4, line.find(',') - 4), &at)) << line;
      --at;
      while (next < at) absl::StrAppend(&result, lines[next++], "\n");
    } else if (absl::StartsWith(line, "+")) {
      absl::StrAppend(&result, line.substr(1), "\n");
    } else if (!line.empty() && line[0] != '\\') {
      EXPECT_EQ(lines[next], line.substr(1));
      if (line[0] == ' ') absl::StrAppend(&result, lines[next], "\n");
      ++next;
    }
  }
  for (; next + 1 < lines.size(); ++next) absl::StrAppend(&result, lines[next], "\n");
  return result;
}

TEST(Explanation, NamesTheRuleThatAllows) {
  const PolicyBook book = BookOf(kPayments);
  const auto why =
      Explain(book, Question("td/ns/shop/sa/orders", 8080, "POST", "/v1/charges/7"), {});
  EXPECT_TRUE(why.decision.allowed);
  EXPECT_EQ(why.decision.rule->source, "policy.yaml:7");
  EXPECT_TRUE(why.nearest.empty());
  EXPECT_FALSE(why.patch.has_value());
}

TEST(Explanation, NamesTheSingleFieldThatFailed) {
  const PolicyBook book = BookOf(kPayments);
  const auto why =
      Explain(book, Question("td/ns/shop/sa/orders", 8080, "GET", "/v1/charges/7"), {});
  EXPECT_EQ(why.decision.reason, Reason::kNoRule);
  ASSERT_EQ(why.nearest.size(), 2U);
  EXPECT_EQ(why.nearest[0].document->rule_name(why.nearest[0].rule), "orders-may-charge");
  ASSERT_EQ(why.nearest[0].failures.size(), 1U);
  const FieldFailure& failure = why.nearest[0].failures[0];
  EXPECT_EQ(failure.field, "methods");
  EXPECT_EQ(failure.got, "GET");
  EXPECT_EQ(failure.place, "policy.yaml:9:40");
  EXPECT_EQ(ExpectedText(failure), "\"POST\"");
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("+    to: [{operation: {ports: [\"8080\"], methods: "
                                         "[\"POST\", \"GET\"], paths: [\"/v1/charges/{*}\"]}}]"));
  EXPECT_EQ(Applied(kPayments, why.patch->diff), why.patch->files[0].text);
}

TEST(Explanation, WhatARecordLeftOutOfAPathMayBeAnything) {
  const PolicyBook book = BookOf(kPayments);
  PolicyQuestion question = Question("td/ns/shop/sa/orders", 8080, "POST", "/");
  question.request->path = "/v1/refunds/{id}/x";
  const auto why = Explain(book, question, {});
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("\"/v1/refunds/{*}/x\""));
  question.request->path = "/{redacted}";
  question.request->method = "GET";
  const auto other = Explain(book, question, {});
  ASSERT_TRUE(other.patch.has_value()) << other.no_patch;
  EXPECT_THAT(other.patch->diff, HasSubstr("paths: [\"/{*}\"]"));
}

TEST(Explanation, BlockStyleAndCommentsStay) {
  const PolicyBook book = BookOf(kPayments);
  PolicyQuestion question = Question("td/ns/reports/sa/nightly", 9000, "", "");
  question.request =
      *Canonical({.method = "HEAD", .path = "/v1/reports/1", .headers = {{"x-env", "prod"}}});
  const auto why = Explain(book, question, {});
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("         - GET   # nothing else\n+        - \"HEAD\"\n"));
}

TEST(Explanation, AnAddedCallerIsNeverAWholeNamespace) {
  const PolicyBook book = BookOf(kPayments);
  PolicyQuestion question = Question("td/ns/web/sa/web", 9000, "", "");
  question.request =
      *Canonical({.method = "GET", .path = "/v1/reports/1", .headers = {{"x-env", "prod"}}});
  const auto why = Explain(book, question, {});
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_EQ(why.nearest[0].failures[0].field, "namespaces");
  EXPECT_THAT(why.patch->diff, HasSubstr("+    - source: {principals: [\"td/ns/web/sa/web\"]}\n"));
}

TEST(Explanation, SeveralFailuresBecomeAnEntryOfTheirOwn) {
  const PolicyBook book = BookOf(kPayments);
  const auto why = Explain(book, Question("td/ns/shop/sa/orders", 8080, "GET", "/health"), {});
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("{operation: {ports: [\"8080\"], methods: [\"GET\"], "
                                         "paths: [\"/health\"]}}"));
}

TEST(Explanation, ExactIsARuleOfItsOwn) {
  const PolicyBook book = BookOf(kPayments);
  const PolicyQuestion question = Question("td/ns/shop/sa/orders", 8080, "GET", "/v1/charges/7");
  const auto why = Explain(book, question, PatchStyle::kExact);
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("+  - name: allow-orders\n"));
  EXPECT_EQ(why.patch->wider, "");
  config::Diagnostics diagnostics;
  const auto patched = PolicyBook::Of(why.patch->files, &diagnostics);
  const auto policy = patched->For(question.workload);
  EXPECT_TRUE(Ask(policy, question).allowed);
  EXPECT_FALSE(Ask(policy, Question("td/ns/shop/sa/orders", 8080, "GET", "/v1/charges/8")).allowed);
}

TEST(Explanation, ADenyRuleIsShownAndNotPatchedAway) {
  const PolicyBook book = BookOf(absl::StrCat(kPayments, R"(---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: no-deletes, namespace: shop}
spec:
  action: DENY
  rules:
  - to: [{operation: {protocols: ["HTTP"], methods: ["DELETE"]}}]
)"));
  const auto why = Explain(book, Question("td/ns/shop/sa/orders", 8080, "DELETE", "/x"), {});
  EXPECT_EQ(why.decision.reason, Reason::kExplicitDeny);
  EXPECT_EQ(why.decision.rule->source, "policy.yaml:29");
  EXPECT_TRUE(why.nearest.empty());
  EXPECT_FALSE(why.patch.has_value());
}

TEST(Explanation, AWorkloadWithoutPolicyGetsOneOfItsOwn) {
  const PolicyBook book = BookOf(kPayments);
  PolicyQuestion question = Question("td/ns/shop/sa/web", 6379, "", "");
  question.workload = {"shop", {{"app", "ledger"}}};
  const auto why = Explain(book, question, {});
  EXPECT_TRUE(why.nearest.empty());
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  EXPECT_THAT(why.patch->diff, HasSubstr("+metadata: {name: allow-web, namespace: shop}\n"));
  EXPECT_THAT(why.patch->diff, HasSubstr("+  selector: {matchLabels: {app: ledger}}\n"));
  EXPECT_THAT(why.patch->diff, HasSubstr("protocols: [\"TCP\"]"));
}

TEST(Explanation, NobodyAtNoAddressCannotBeNamed) {
  const PolicyBook book = BookOf(kPayments);
  PolicyQuestion question = Question("", 8080, "POST", "/v1/charges/7");
  question.source.ip = IpAddress();
  const auto why = Explain(book, question, {});
  EXPECT_FALSE(why.patch.has_value());
  EXPECT_THAT(why.no_patch, HasSubstr("neither identity nor address"));
}

TEST(Explanation, AnchorsThatServeTwoRulesAreNotWidened) {
  const PolicyBook book = BookOf(R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: &who ["td/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"], methods: ["POST"]}}]
  - from: [{source: {principals: *who}}]
    to: [{operation: {ports: ["9090"]}}]
)");
  const PolicyQuestion question = Question("td/ns/shop/sa/web", 9090, "GET", "/");
  const auto why = Explain(book, question, {});
  ASSERT_TRUE(why.patch.has_value()) << why.no_patch;
  config::Diagnostics diagnostics;
  const auto patched = PolicyBook::Of(why.patch->files, &diagnostics);
  EXPECT_FALSE(
      Ask(patched->For(question.workload), Question("td/ns/shop/sa/web", 8080, "POST", "/"))
          .allowed);
}

constexpr char kGrants[] = R"(apiVersion: firebreak.dev/v1
kind: PrincipalGroup
metadata: {name: on-call, namespace: shop}
spec: {principals: [td/ns/ops/sa/anna]}
---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  rules:
  - from: [{source: {principals: ["group:on-call"]}}]
    to: [{operation: {ports: ["9090"]}}]
    validity: {not_after: 2026-01-01T00:00:00Z}
    ticket: SHOP-7
)";

TEST(Explanation, GroupsAreAskedAsTheyAreInTheProxy) {
  const PolicyBook book = BookOf(kGrants);
  PolicyQuestion question = Question("td/ns/ops/sa/anna", 9091, "", "");
  question.at = absl::FromCivil(absl::CivilDay(2025, 6, 1), absl::UTCTimeZone());
  const auto why = Explain(book, question, {});
  ASSERT_EQ(why.nearest.size(), 1U);
  ASSERT_EQ(why.nearest[0].failures.size(), 1U);
  EXPECT_EQ(why.nearest[0].failures[0].field, "ports");
}

TEST(Explanation, AGrantThatHasEndedIsNotPatched) {
  const PolicyBook book = BookOf(kGrants);
  PolicyQuestion question = Question("td/ns/ops/sa/anna", 9090, "", "");
  question.at = absl::FromCivil(absl::CivilDay(2026, 6, 1), absl::UTCTimeZone());
  const auto why = Explain(book, question, {});
  EXPECT_EQ(why.decision.reason, Reason::kExpiredGrant);
  ASSERT_EQ(why.nearest[0].failures.size(), 1U);
  EXPECT_EQ(why.nearest[0].failures[0].field, "validity");
  EXPECT_FALSE(why.patch.has_value());
  EXPECT_THAT(why.no_patch, HasSubstr("renew"));
}

// Over generated policies and questions: what is printed loads, allows the question, and allows
// nothing to anybody else.
class Patches : public ::testing::Test {
 protected:
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  std::string Pick(const std::vector<std::string>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }
  std::string Rule() {
    const bool block = Below(2) == 0;
    std::string rule = "  -";
    const std::string from = Pick({" from: [{source: {principals: [td/ns/a/sa/x, \"td/ns/a/*\"]}}]",
                                   " from: [{source: {namespaces: [a]}}]",
                                   " from: [{source: {principals: [td/ns/b/sa/y], "
                                   "notNamespaces: [c]}}, {source: {ipBlocks: [10.1.0.0/16]}}]"});
    absl::StrAppend(&rule, from, "\n");
    const std::string port = Pick({"\"1\"", "\"2\""});
    const std::string method = Pick({"GET", "POST"});
    if (block) {
      absl::StrAppend(&rule, "    to:\n    - operation:\n        ports: [", port,
                      "]  # the door\n        methods:\n        - ", method, "\n        paths:\n",
                      "        - ", Pick({"/a", "/b/*", "\"/c/{**}\""}), "\n");
    } else {
      absl::StrAppend(&rule, "    to: [{operation: {ports: [", port, "], methods: [", method,
                      "]}}]\n");
    }
    if (Below(4) == 0) absl::StrAppend(&rule, "    when: [{key: source.ip, values: [10.0.0.9]}]\n");
    return rule;
  }
  std::string Policies() {
    std::string text;
    for (int i = 0, count = 1 + Below(2); i < count; ++i) {
      absl::StrAppend(&text, i == 0 ? "" : "---\n",
                      "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: p",
                      i, ", namespace: shop}\nspec:\n  rules:\n");
      for (int k = 1 + Below(3); k > 0; --k) absl::StrAppend(&text, Rule());
    }
    return text;
  }
  PolicyQuestion AnyQuestion() {
    const std::string from = Pick({"td/ns/a/sa/x", "td/ns/b/sa/y", "td/ns/c/sa/z", ""});
    const auto port = static_cast<uint16_t>(1 + Below(3));
    if (Below(5) == 0) return Question(from, port, "", "");
    return Question(from, port, Pick({"GET", "POST", "PUT"}), Pick({"/a", "/b/1", "/c", "/d"}));
  }

  std::mt19937 engine_{4};
};

TEST_F(Patches, LoadAndAllowTheQuestionAndNobodyElse) {
  int patched_count = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string text = Policies();
    const PolicyBook book = BookOf(text);
    const PolicyQuestion question = AnyQuestion();
    const auto style = Below(3) == 0 ? PatchStyle::kExact : PatchStyle::kSmallest;
    const auto why = Explain(book, question, style);
    if (why.decision.allowed) continue;
    ASSERT_TRUE(why.patch.has_value()) << why.no_patch << "\n" << text << Describe(question);
    ++patched_count;
    EXPECT_EQ(Applied(text, why.patch->diff), why.patch->files[0].text) << why.patch->diff;
    config::Diagnostics diagnostics;
    const auto after = PolicyBook::Of(why.patch->files, &diagnostics);
    ASSERT_TRUE(after.has_value());
    const auto old_policy = book.For(question.workload);
    const auto new_policy = after->For(question.workload);
    EXPECT_TRUE(Ask(new_policy, question).allowed) << why.patch->diff;
    for (int k = 0; k < 40; ++k) {
      const PolicyQuestion other = AnyQuestion();
      const bool before = Ask(old_policy, other).allowed;
      const bool now = Ask(new_policy, other).allowed;
      EXPECT_TRUE(!before || now) << "a patch takes nothing away";
      if (before == now) continue;
      // What is newly allowed shares with the question what the patch added.
      const bool same_caller = other.source.id == question.source.id;
      const bool same_request =
          other.port == question.port && other.request.has_value() == question.request.has_value();
      if (style == PatchStyle::kExact) {
        // A caller without identity can only be named by its address, which others have too.
        EXPECT_EQ(!question.source.id.has_value(), !why.patch->wider.empty());
        if (!question.source.id.has_value()) continue;
        EXPECT_EQ(Describe(other), Describe(question)) << text << why.patch->diff;
      } else {
        EXPECT_TRUE(same_caller || same_request ||
                    (other.request.has_value() && question.request.has_value() &&
                     (other.request->method == question.request->method ||
                      other.request->path == question.request->path)))
            << Describe(other) << "\n"
            << text << why.patch->diff;
      }
    }
  }
  EXPECT_GT(patched_count, 200);
}

}  // namespace
}  // namespace firebreak::policy
