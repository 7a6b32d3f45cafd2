#include "policy/workbench/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "policy/workbench/coverage_proof.h"
#include "policy/workbench/question.h"
#include "policy/workbench/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Policy(const std::string& name, const std::string& action, const std::string& rules,
                   const std::string& selector = "") {
  return absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ", name,
      ", namespace: shop}\nspec:\n", selector, "  action: ", action, "\n  rules:\n", rules);
}

// Codes are the codes of the lints of text, each with its line.
std::vector<std::string> Codes(const std::string& text, const Inventory* inventory = nullptr) {
  const PolicyBook book = BookOf(text);
  config::Diagnostics diagnostics;
  Lint(book, inventory, absl::FromCivil(absl::CivilDay(2026, 6, 1), absl::UTCTimeZone()),
       &diagnostics);
  EXPECT_TRUE(diagnostics.ok());
  std::vector<std::string> codes;
  for (const config::Diagnostic& item : diagnostics.items()) {
    codes.push_back(absl::StrCat(config::ErrorCodeName(item.code), ":", item.line));
  }
  return codes;
}

constexpr char kOrders[] =
    "  - from: [{source: {principals: [td/ns/shop/sa/orders]}}]\n"
    "    to: [{operation: {ports: [\"8080\"], methods: [GET]}}]\n";

TEST(Lint, NothingToSayOfANarrowRule) {
  EXPECT_THAT(Codes(Policy("a", "ALLOW", kOrders)), IsEmpty());
}

TEST(Lint, AGroupThatHoldsEverybodyIsNoNarrowCaller) {
  const auto group = [](const std::string& principals) {
    return absl::StrCat(
        "apiVersion: firebreak.dev/v1\nkind: PrincipalGroup\nmetadata: {name: g, namespace: "
        "shop}\nspec: {principals: [",
        principals, "]}\n",
        Policy("a", "ALLOW",
               "  - from: [{source: {principals: [\"group:g\"]}}]\n"
               "    to: [{operation: {ports: [\"8080\"]}}]\n"));
  };
  EXPECT_THAT(Codes(group("\"*\", td/ns/shop/sa/web")), ElementsAre("FB0372:12"));
  EXPECT_THAT(Codes(group("td/ns/shop/sa/web")), IsEmpty());
}

TEST(Lint, AnAllowPolicyWithoutRulesAllowsNothing) {
  EXPECT_THAT(Codes("apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, "
                    "namespace: shop}\nspec: {selector: {matchLabels: {app: x}}}\n"),
              ElementsAre("FB0351:4"));
}

TEST(Lint, SaysTheSameTwice) {
  EXPECT_THAT(Codes(Policy("a", "ALLOW", absl::StrCat(kOrders, kOrders))),
              ElementsAre("FB0376:10"));
}

TEST(Lint, ShadowedByAnEarlierWiderRule) {
  const std::string wide =
      "  - from: [{source: {principals: [\"td/ns/shop/*\"]}}]\n"
      "    to: [{operation: {ports: [\"8080\"]}}]\n";
  EXPECT_THAT(Codes(Policy("a", "ALLOW", absl::StrCat(wide, kOrders))), ElementsAre("FB0370:10"));
  // The narrow one first is named in records, so it matters.
  EXPECT_THAT(Codes(Policy("a", "ALLOW", absl::StrCat(kOrders, wide))), IsEmpty());
  // A wider rule for other workloads covers nothing here.
  EXPECT_THAT(
      Codes(absl::StrCat(Policy("a", "ALLOW", wide, "  selector: {matchLabels: {app: x}}\n"),
                         Policy("b", "ALLOW", kOrders))),
      IsEmpty());
}

TEST(Lint, UnreachableBehindADeny) {
  const std::string deny = "  - to: [{operation: {ports: [\"8080\"]}}]\n";
  EXPECT_THAT(Codes(absl::StrCat(Policy("a", "DENY", deny), Policy("b", "ALLOW", kOrders))),
              ElementsAre("FB0371:16"));
  const std::string part = "  - to: [{operation: {ports: [\"8080\"], methods: [GET, HEAD]}}]\n";
  EXPECT_THAT(Codes(absl::StrCat(Policy("a", "DENY", part), Policy("b", "ALLOW", kOrders))),
              ElementsAre("FB0371:16"));
  const std::string other = "  - to: [{operation: {ports: [\"8080\"], methods: [POST]}}]\n";
  EXPECT_THAT(Codes(absl::StrCat(Policy("a", "DENY", other), Policy("b", "ALLOW", kOrders))),
              IsEmpty());
  const std::string not_for_us = "  - from: [{source: {notPrincipals: [td/ns/shop/sa/orders]}}]\n";
  EXPECT_THAT(Codes(absl::StrCat(Policy("a", "DENY", not_for_us), Policy("b", "ALLOW", kOrders))),
              IsEmpty());
}

TEST(Lint, BroadCallersAndOpenPorts) {
  EXPECT_THAT(Codes(Policy("a", "ALLOW", "  - {}\n")), ElementsAre("FB0372:8", "FB0374:8"));
  EXPECT_THAT(Codes(Policy("a", "ALLOW",
                           "  - from: [{source: {principals: [\"td/*\", \"*\"]}}]\n"
                           "    to: [{operation: {methods: [GET]}}]\n")),
              ElementsAre("FB0372:8", "FB0372:8", "FB0374:9"));
  EXPECT_THAT(Codes(Policy("a", "ALLOW",
                           "  - from: [{source: {principals: [\"td/*\"], namespaces: [shop]}}]\n"
                           "    when: [{key: destination.port, values: [\"1\"]}]\n")),
              IsEmpty());
}

TEST(Lint, ContradictionsAndExpiredGrants) {
  EXPECT_THAT(
      Codes(Policy("a", "ALLOW",
                   "  - from: [{source: {namespaces: [a, b], notNamespaces: [b, a, c]}}]\n"
                   "    to: [{operation: {ports: [\"1\"], methods: [GET], notMethods: [POST]}}]\n"
                   "    validity: {not_after: 2026-05-31T00:00:00Z}\n")),
      ElementsAre("FB0373:10", "FB0375:8"));
}

TEST(Lint, SelectorsThatMeetNobody) {
  Inventory inventory;
  inventory.Add({"payments", {"shop", {{"app", "payments"}}}, std::nullopt, false});
  const std::string selector = "  selector: {matchLabels: {app: paymens}}\n";
  EXPECT_THAT(Codes(Policy("a", "ALLOW", kOrders, selector), &inventory), ElementsAre("FB0377:6"));
  EXPECT_THAT(Codes(Policy("a", "ALLOW", kOrders), &inventory), IsEmpty());
}

std::vector<PolicyQuestion> ManyQuestions() {
  std::vector<PolicyQuestion> questions;
  for (const char* from : {"td/ns/a/sa/x", "td/ns/b/sa/x", "td/vm/1", "t2/ns/a/sa/y", ""}) {
    for (const uint16_t port : {uint16_t{1}, uint16_t{2}, uint16_t{3}}) {
      for (const char* path : {"", "/a", "/a/", "/a/b", "/a/b/c/d", "/b", "/c"}) {
        for (const char* method : {"GET", "POST", "PUT"}) {
          PolicyQuestion question;
          question.workload = {"shop", {}};
          if (*from != '\0') question.source.id = *certs::SpiffeId::ParsePrincipal(from);
          question.source.ip = *IpAddress::Parse("10.0.0.1");
          question.port = port;
          if (*path != '\0') question.request = *Canonical({.method = method, .path = path});
          questions.push_back(question);
        }
      }
    }
  }
  return questions;
}

// TwoPolicies makes two policies of two rules each.
std::string TwoPolicies(std::mt19937& engine) {
  const auto pick = [&engine](const std::vector<std::string>& values) {
    return values[std::uniform_int_distribution<size_t>(0, values.size() - 1)(engine)];
  };
  static const std::vector<std::string> sources = {
      "",
      "    from: [{source: {principals: [\"*\"]}}]\n",
      "    from: [{source: {principals: [\"td/*\"]}}]\n",
      "    from: [{source: {principals: [td/ns/a/sa/x]}}]\n",
      "    from: [{source: {principals: [\"*/sa/x\"]}}]\n",
      "    from: [{source: {namespaces: [a]}}]\n",
      "    from: [{source: {notPrincipals: [td/ns/a/sa/x]}}]\n",
      "    from: [{source: {ipBlocks: [10.0.0.0/8]}}]\n"};
  static const std::vector<std::string> targets = {
      "",
      "    to: [{operation: {ports: [\"1\"]}}]\n",
      "    to: [{operation: {ports: [\"1\", \"2\"], methods: [GET]}}]\n",
      "    to: [{operation: {methods: [GET, POST]}}]\n",
      "    to: [{operation: {paths: [\"/a/*\"]}}]\n",
      "    to: [{operation: {paths: [\"/a/{**}\", /b]}}]\n",
      "    to: [{operation: {paths: [\"/a/{*}\"], notMethods: [GET]}}]\n",
      "    to: [{operation: {protocols: [HTTP]}}, {operation: {protocols: [TCP]}}]\n",
      "    to: [{operation: {paths: [/a, \"/*\"]}}]\n"};
  std::string text;
  for (int k = 0; k < 2; ++k) {
    std::string rules;
    for (int r = 0; r < 2; ++r) {
      absl::StrAppend(&rules, "  - name: r", r, "\n", pick(sources), pick(targets));
    }
    absl::StrAppend(&text, Policy(absl::StrCat("p", k), pick({"ALLOW", "ALLOW", "DENY"}), rules));
  }
  return text;
}

void ExpectNeverDecides(const std::shared_ptr<const PolicySet>& policy,
                        const PolicyDocument& document, int rule,
                        const std::vector<PolicyQuestion>& questions) {
  for (const PolicyQuestion& question : questions) {
    const Decision decision = Ask(policy, question);
    const bool decides = decision.rule != nullptr &&
                         decision.rule->policy == document.message().metadata().name() &&
                         decision.rule->rule == document.rule_name(rule);
    EXPECT_FALSE(decides) << Describe(question);
  }
}

// A rule that is said to be covered never decides anything, over generated policies and questions.
TEST(CoverageProof, WhatIsCoveredNeverDecides) {
  std::mt19937 engine(7);
  const std::vector<PolicyQuestion> questions = ManyQuestions();
  int covered = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string text = TwoPolicies(engine);
    const PolicyBook book = BookOf(text);
    CoverageProof proof(book);
    const auto policy = book.For({"shop", {}});
    for (const PolicyDocument& document : book.documents()) {
      for (int r = 0; r < 2; ++r) {
        if (!proof.CoverOf(document, r).has_value()) continue;
        ++covered;
        ExpectNeverDecides(policy, document, r, questions);
      }
    }
  }
  EXPECT_GT(covered, 50);
}

}  // namespace
}  // namespace firebreak::policy
