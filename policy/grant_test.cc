// Rules that are used up, policies enforced for some, and groups of principals.
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/authorizer.h"
#include "policy/loader.h"
#include "policy/share.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

Question Taking() {
  Question question{"td/ns/shop/sa/web"};
  question.takes_use = true;
  return question;
}

constexpr char kTwoUses[] = "  - {name: twice, max_uses: 2}";

TEST(MaxUses, GrantsAsOftenAsItSaysAndThenSaysWhy) {
  Authorizer authorizer(MustLoad(PolicyText("p", "", kTwoUses)), 1);
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p twice");
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p twice");
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "DROPPED EXPIRED_GRANT shop/p twice");
}

TEST(MaxUses, AskingTakesNothing) {
  Authorizer authorizer(MustLoad(PolicyText("p", "", kTwoUses)), 1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Decide(authorizer, {"td/ns/shop/sa/web"}).allowed);
  Decide(authorizer, Taking());
  Decide(authorizer, Taking());
  EXPECT_FALSE(Decide(authorizer, {"td/ns/shop/sa/web"}).allowed);
}

TEST(MaxUses, WhoHoldsAUseKeepsItAndTakesNoOther) {
  Authorizer authorizer(MustLoad(PolicyText("p", "", kTwoUses)), 1);
  Question held = Taking();
  const Decision first = Decide(authorizer, held);
  ASSERT_NE(first.use, nullptr);
  held.held_use = first.use.get();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Decide(authorizer, held).allowed);
  EXPECT_EQ(first.use->used(), 1U);
  EXPECT_TRUE(Decide(authorizer, Taking()).allowed);
  EXPECT_FALSE(Decide(authorizer, Taking()).allowed);
  EXPECT_TRUE(Decide(authorizer, held).allowed);
}

TEST(MaxUses, RuleThatIsUsedUpLeavesTheWayToTheNext) {
  Authorizer authorizer(
      MustLoad(PolicyText("p", "", "  - {name: once, max_uses: 1}\n  - {name: ever}")), 1);
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p once");
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p ever");
}

TEST(MaxUses, WorkersTogetherNeverGrantMore) {
  constexpr int kUses = 2000;
  const auto policy = MustLoad(PolicyText("p", "", absl::StrCat("  - {max_uses: ", kUses, "}")));
  std::atomic<int> granted{0};
  std::vector<std::thread> workers;
  for (uint64_t worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&policy, &granted, worker] {
      Authorizer authorizer(policy, worker);
      ConnectionRequest request;
      request.destination.port = 8080;
      request.takes_use = true;
      Decision decision;
      for (int i = 0; i < kUses; ++i) {
        if (authorizer.Authorize(request, &decision).ok()) ++granted;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(granted, kUses);
}

TEST(MaxUses, CountGoesOnOverReloadsWhileTheRuleIsThere) {
  UseCounts uses;
  const auto load = [&uses](const std::string& rules) {
    config::Diagnostics diagnostics;
    auto policy =
        LoadPolicyText("p.yaml", PolicyText("p", "", rules), TestWorkload(), &diagnostics, &uses);
    EXPECT_NE(policy, nullptr) << diagnostics.Format(false);
    return policy;
  };
  Authorizer authorizer(load(kTwoUses), 1);
  Decide(authorizer, Taking());
  Decide(authorizer, Taking());
  authorizer.SetPolicy(load("  - {name: other}\n  - {name: twice, max_uses: 2}"));
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p other");
  authorizer.SetPolicy(load("  - {name: twice, max_uses: 3}"));
  EXPECT_TRUE(Decide(authorizer, Taking()).allowed);
  EXPECT_FALSE(Decide(authorizer, Taking()).allowed);
  // Once gone, it begins anew.
  authorizer.SetPolicy(load("  - {name: other}"));
  authorizer.SetPolicy(load(kTwoUses));
  EXPECT_EQ(Answer(Decide(authorizer, Taking())), "FORWARDED shop/p twice");
}

TEST(MaxUses, BelongsToAllowAndIsAtLeastOne) {
  EXPECT_THAT(ErrorsOf(PolicyText("p", "action: DENY", "  - {max_uses: 1}")),
              HasSubstr("policy.yaml:8:16: error[FB0308]: max_uses bounds what is granted"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {max_uses: 0}")), HasSubstr("FB0111"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {max_uses: -1}")), HasSubstr("FB0111"));
}

TEST(RuleWords, ReasonAndTicketGoWithTheDecision) {
  const Decision decision =
      Decide(MustLoad(PolicyText("p", "", "  - {reason: 'moving out', ticket: SHOP-1}")),
             Question{"td/x"});
  EXPECT_EQ(decision.rule->reason, "moving out");
  EXPECT_EQ(decision.rule->ticket, "SHOP-1");
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {reason: ''}")), HasSubstr("FB0303"));
  EXPECT_THAT(
      ErrorsOf(PolicyText("p", "", absl::StrCat("  - {ticket: ", std::string(257, 'x'), "}"))),
      HasSubstr("FB0312"));
}

TEST(RuleInspection, GoesWithTheDecisionAndBelongsToAllow) {
  const Decision decision =
      Decide(MustLoad(PolicyText("p", "", "  - {inspection: {mode: DETECT, paranoia: 3}}")),
             Question{"td/x"});
  EXPECT_EQ(decision.rule->inspection.mode, InspectionMode::kDetect);
  EXPECT_EQ(decision.rule->inspection.paranoia, 3);
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {inspection: {mode: BLOK}}")), HasSubstr("FB0112"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {inspection: {paranoia: 5}}")),
              HasSubstr("FB0111"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {inspection: {}}")), HasSubstr("FB0303"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "action: DENY", "  - {inspection: {mode: OFF}}")),
              HasSubstr("FB0308"));
}

TEST(RuleInspection, AProtocolIsOneThatIsKnownByItsBytes) {
  const Decision decision = Decide(
      MustLoad(PolicyText("p", "", "  - {inspection: {protocol: PostgreSQL}}")), Question{"td/x"});
  EXPECT_EQ(decision.rule->inspection.protocol, "postgresql");
  EXPECT_FALSE(decision.rule->inspection.mode.has_value());
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {inspection: {protocol: postgressql}}")),
              AllOf(HasSubstr("error[FB0112]: unknown protocol \"postgressql\""),
                    HasSubstr("did you mean \"postgresql\"?")));
  for (const absl::string_view none : {"''", "unknown", "tcp", "xyzzy"}) {
    EXPECT_THAT(
        ErrorsOf(PolicyText("p", "", absl::StrCat("  - {inspection: {protocol: ", none, "}}"))),
        HasSubstr("FB0112"))
        << none;
  }
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {inspection: {mode: OFF, protocol: ssh}}")),
              HasSubstr("FB0308"));
}

std::string Peer(int i) { return absl::StrCat("shop.example/ns/shop/sa/peer-", i); }

TEST(Enforce, SharesAreAsLargeAsTheySayAndGrow) {
  constexpr int kPeers = 10'000;
  std::vector<int> in(101);
  for (int i = 0; i < kPeers; ++i) {
    const int place = PlaceOf(Peer(i));
    ASSERT_GE(place, 0);
    ASSERT_LT(place, 100);
    for (int percent = place + 1; percent <= 100; ++percent) ++in[static_cast<size_t>(percent)];
  }
  EXPECT_EQ(in[0], 0);
  EXPECT_EQ(in[100], kPeers);
  for (const int percent : {5, 25, 50, 75, 95}) {
    EXPECT_NEAR(in[static_cast<size_t>(percent)], 0.01 * kPeers * percent, 0.02 * kPeers);
  }
}

TEST(Enforce, PlacesNeverMove) {
  EXPECT_EQ(PlaceOf("shop.example/ns/shop/sa/orders"), 6);
  EXPECT_EQ(PlaceOf("shop.example/ns/shop/sa/web"), 82);
}

TEST(Enforce, IsEnforcedForTheShareAndAuditForTheRest) {
  const std::string text =
      absl::StrCat(PolicyText("ban", "action: DENY\n  enforce: {percent: 30}", "  - {}"),
                   PolicyText("p", "", "  - {}"));
  const auto policy = MustLoad(text);
  int denied = 0;
  for (int i = 0; i < 200; ++i) {
    const bool in = PlaceOf(Peer(i)) < 30;
    denied += in ? 1 : 0;
    EXPECT_EQ(Answer(Decide(policy, Question{Peer(i)})),
              in ? "DROPPED EXPLICIT_DENY shop/ban rules[0]"
                 : "AUDIT shop/p rules[0], would be DROPPED by shop/ban rules[0]");
  }
  EXPECT_GT(denied, 0);
  EXPECT_EQ(policy->rule_count(), 2U);
}

TEST(Enforce, OutboundThePeerIsTheDestination) {
  const auto policy =
      MustLoad(PolicyText("p", "direction: OUTBOUND\n  enforce: {percent: 50}", "  - {}"));
  for (int i = 0; i < 50; ++i) {
    Question question{.from = Peer(i + 1), .to = Peer(i), .direction = Direction::kOutbound};
    EXPECT_EQ(Decide(policy, question).allowed, PlaceOf(Peer(i)) < 50);
  }
}

TEST(Enforce, PeerWithoutIdentityIsADoubt) {
  const std::string allowed = PolicyText("p", "", "  - {}");
  const auto deny = [&allowed](int percent) {
    return AnswerTo(
        absl::StrCat(
            PolicyText("d", absl::StrCat("action: DENY\n  enforce: {percent: ", percent, "}"),
                       "  - {}"),
            allowed),
        Question{});
  };
  EXPECT_THAT(deny(1), HasSubstr("EXPLICIT_DENY"));
  EXPECT_THAT(deny(0), HasSubstr("AUDIT"));
  EXPECT_THAT(AnswerTo(PolicyText("p", "enforce: {percent: 99}", "  - {}"), Question{}),
              HasSubstr("NO_RULE"));
  EXPECT_THAT(AnswerTo(PolicyText("p", "enforce: {percent: 100}", "  - {}"), Question{}),
              HasSubstr("FORWARDED"));
}

TEST(Enforce, RefusesWhatIsNoShare) {
  for (const char* percent : {"-1", "101"}) {
    EXPECT_THAT(
        ErrorsOf(PolicyText("p", absl::StrCat("enforce: {percent: ", percent, "}"), "  - {}")),
        HasSubstr("error[FB0111]: a percentage is 0 to 100"));
  }
  EXPECT_THAT(ErrorsOf(PolicyText("p", "enforce: {}", "  - {}")), HasSubstr("FB0303"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "mode: AUDIT\n  enforce: {percent: 5}", "  - {}")),
              HasSubstr("FB0115"));
}

std::string Group(absl::string_view name, absl::string_view principals,
                  absl::string_view group_namespace = "shop") {
  return absl::StrCat(
      "---\napiVersion: firebreak.dev/v1\nkind: PrincipalGroup\nmetadata: {name: ", name,
      ", namespace: ", group_namespace, "}\nspec: {principals: [", principals, "]}\n");
}

std::string From(absl::string_view fields) {
  return PolicyText("p", "", absl::StrCat("  - {from: [{source: {", fields, "}}]}"));
}

TEST(Groups, StandForTheirPrincipals) {
  const std::string text = absl::StrCat(From("principals: ['group:callers', td/probe]"),
                                        Group("callers", "td/a, 'td/ns/web/*'"));
  for (const char* peer : {"td/a", "td/ns/web/sa/x", "td/probe"}) {
    EXPECT_EQ(AnswerTo(text, {peer}), "FORWARDED shop/p rules[0]") << peer;
  }
  EXPECT_EQ(AnswerTo(text, {"td/b"}), "DROPPED NO_RULE");
}

TEST(Groups, NegatedTheyStandForNoneOfThem) {
  const std::string text =
      absl::StrCat(Group("bad", "td/a, td/b"), From("notPrincipals: ['group:bad']"));
  EXPECT_EQ(AnswerTo(text, {"td/a"}), "DROPPED NO_RULE");
  EXPECT_EQ(AnswerTo(text, {"td/c"}), "FORWARDED shop/p rules[0]");
}

TEST(Groups, ServeConditionsAndDestinationsToo) {
  EXPECT_EQ(AnswerTo(absl::StrCat(Group("g", "td/a"),
                                  PolicyText("p", "",
                                             "  - {when: [{key: source.principal, values: "
                                             "['group:g']}]}")),
                     {"td/a"}),
            "FORWARDED shop/p rules[0]");
  EXPECT_EQ(
      AnswerTo(absl::StrCat(Group("g", "td/a"), PolicyText("p", "direction: OUTBOUND",
                                                           "  - {to: [{destination: {principals: "
                                                           "['group:g']}}]}")),
               {.to = "td/a", .direction = Direction::kOutbound}),
      "FORWARDED shop/p rules[0]");
}

TEST(Groups, UnknownOnesAreErrorsWithAHint) {
  const std::string errors =
      ErrorsOf(absl::StrCat(From("principals: ['group:caller']"), Group("callers", "td/a")));
  EXPECT_THAT(errors, HasSubstr("error[FB0316]: no group is called \"caller\""));
  EXPECT_THAT(errors, HasSubstr("did you mean \"callers\"?"));
  // That of another namespace is none of ours.
  EXPECT_THAT(ErrorsOf(absl::StrCat(From("principals: ['group:g']"), Group("g", "td/a", "other"))),
              HasSubstr("kind PrincipalGroup in namespace shop"));
}

TEST(Groups, HoldNoGroupsSoThereAreNoCycles) {
  EXPECT_THAT(ErrorsOf(absl::StrCat(Group("a", "'group:a'"), From("principals: ['group:a']"))),
              HasSubstr("a group holds principals, and no groups"));
}

TEST(Groups, AreHeldToTheirForm) {
  EXPECT_THAT(ErrorsOf(Group("g", "")), HasSubstr("a group without principals"));
  EXPECT_THAT(ErrorsOf(Group("g", "td")), HasSubstr("FB0304"));
  EXPECT_THAT(ErrorsOf(Group("'no name'", "td/a")), HasSubstr("FB0302"));
  EXPECT_THAT(ErrorsOf(absl::StrCat(Group("g", "td/a"), Group("g", "td/b"))),
              HasSubstr("group shop/g is already defined at policy.yaml:4"));
  EXPECT_THAT(
      ErrorsOf("apiVersion: security.istio.io/v1\nkind: PrincipalGroup\nmetadata: {name: g}\n"
               "spec: {principals: [td/a]}\n"),
      HasSubstr("FB0301"));
  EXPECT_THAT(ErrorsOf("apiVersion: firebreak.dev/v1\nkind: \"Principal\\x47roup\"\n"
                       "metadata: {name: g}\nspec: {principals: [td/a]}\n"),
              HasSubstr("without escapes"));
}

TEST(Groups, AreNotOfIstiosDocuments) {
  EXPECT_THAT(ErrorsOf(absl::StrCat("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
                                    "metadata: {name: p}\nspec: {rules: [{from: [{source: "
                                    "{principals: ['group:g']}}]}]}\n",
                                    Group("g", "td/a"))),
              HasSubstr("FB0304"));
}

}  // namespace
}  // namespace firebreak::policy
