#include "policy/workbench/unchanged_clauses.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "policy/testing.h"

namespace firebreak::policy {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Policy(const std::string& action, const std::string& rules) {
  return absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: p-", action,
      ", namespace: shop}\nspec:\n  action: ", action, "\n  rules:\n", rules);
}

std::string From(const std::string& account, const std::string& path) {
  return absl::StrCat("  - {from: [{source: {principals: [t/ns/shop/sa/", account,
                      "]}}], to: [{operation: {paths: ['", path, "']}}]}\n");
}

// Unchanged counts the clauses of both sides that are left out.
size_t Unchanged(const std::string& before, const std::string& after) {
  const auto a = MustLoad(before);
  const auto b = MustLoad(after);
  return UnchangedClauses(KnownQuestion::Open(Direction::kInbound, kNow), *a, *b).size();
}

size_t UnchangedAllow(const std::string& common, const std::string& before,
                      const std::string& after) {
  return Unchanged(Policy("ALLOW", common + before), Policy("ALLOW", common + after));
}

TEST(UnchangedClauses, OfTheSamePoliciesAllThatAllowsIs) {
  const std::string rules = From("a", "/1") + From("b", "/2");
  EXPECT_EQ(UnchangedAllow(rules, "", ""), 4U);
  EXPECT_EQ(Unchanged(Policy("ALLOW", rules) + Policy("DENY", From("c", "/3")),
                      Policy("DENY", From("c", "/3")) + Policy("ALLOW", rules)),
            4U)
      << "the order of policies says nothing, and a DENY stays";
}

TEST(UnchangedClauses, WhatIsAboutSomebodyElseIsLeftOut) {
  EXPECT_EQ(UnchangedAllow(From("a", "/1"), From("b", "/1"), From("c", "/1")), 2U);
  EXPECT_EQ(UnchangedAllow(From("a", "/1"), From("a", "/1"), From("c", "/1")), 3U)
      << "it stood there twice";
}

TEST(UnchangedClauses, WhatIsAboutOtherPathsIsLeftOut) {
  EXPECT_EQ(UnchangedAllow(From("a", "/1"), From("a", "/2"), From("a", "/3/*")), 2U);
  EXPECT_EQ(UnchangedAllow(From("a", "/3/4"), From("a", "/2"), From("a", "/3/*")), 0U);
}

TEST(UnchangedClauses, WhatMayMeetAChangeStays) {
  EXPECT_EQ(UnchangedAllow(From("a", "/1/*"), From("a", "/2"), ""), 0U) << "no path is listed";
  EXPECT_EQ(UnchangedAllow(From("a", "/1"), "  - {}\n", ""), 0U);
  EXPECT_EQ(UnchangedAllow("  - {}\n", From("a", "/1"), ""), 0U);
  EXPECT_EQ(
      UnchangedAllow("  - {from: [{source: {principals: [t/ns/shop/*]}}]}\n", From("a", "/1"), ""),
      0U);
}

TEST(UnchangedClauses, ADenyOfRequestsMeetsByteStreamsWhateverItsPaths) {
  const std::string deny = Policy("DENY", "  - {to: [{operation: {paths: [/1]}}]}\n");
  EXPECT_EQ(Unchanged(deny, deny + Policy("ALLOW", "  - {to: [{operation: {ports: ['80']}}]}\n")),
            0U);
}

TEST(UnchangedClauses, OneThatChangedSidesIsAChange) {
  EXPECT_EQ(Unchanged(Policy("ALLOW", From("a", "/1")), Policy("DENY", From("a", "/1"))), 0U);
}

TEST(UnchangedClauses, EachPartOfARuleCounts) {
  const std::string rule =
      "  - {from: [{source: {principals: [t/x]}}], to: [{operation: {ports: ['80'], methods: [GET],"
      " paths: [/a], hosts: [h.example], notPaths: [/b], protocols: [HTTP2], grpc: {services: "
      "[s.S]}}}],"
      " when: [{key: 'request.headers[x-a]', values: [v]}],"
      " validity: {not_after: 2031-01-01T00:00:00Z}}\n";
  const auto loaded = MustLoad(Policy("ALLOW", rule));
  const auto clause = [](const auto& set) -> const Clause& {
    return set->rules(Direction::kInbound).allow.clauses().front();
  };
  const auto again = MustLoad(Policy("ALLOW", rule));
  EXPECT_TRUE(SameClause(clause(loaded), clause(again)));
  for (const auto& [was, is] :
       std::vector<std::pair<std::string, std::string>>{{"t/x", "t/y"},
                                                        {"'80'", "'81'"},
                                                        {"GET", "PUT"},
                                                        {"[/a]", "[/a/*]"},
                                                        {"h.example", "'h.example:8080'"},
                                                        {"[/b]", "[/c]"},
                                                        {"HTTP2", "GRPC"},
                                                        {"s.S", "s.T"},
                                                        {"x-a", "x-b"},
                                                        {"[v]", "[w]"},
                                                        {"2031", "2032"}}) {
    std::string other = rule;
    other.replace(other.find(was), was.size(), is);
    const auto changed = MustLoad(Policy("ALLOW", other));
    EXPECT_FALSE(SameClause(clause(loaded), clause(changed))) << is;
  }
}

}  // namespace
}  // namespace firebreak::policy
