#include "policy/authorizer.h"

#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "certs/spiffe_id.h"
#include "gtest/gtest.h"
#include "policy/decision_memo.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

constexpr char kOrders[] = "td/ns/shop/sa/orders";
constexpr char kWeb[] = "td/ns/web/sa/web";
constexpr char kVirtualMachine[] = "td/vm/7";  // no Kubernetes namespace or account
constexpr char kNobody[] = "";                 // clear text

// One rule of a policy named p, and the answer to who comes from `from`.
std::string AnswerFor(absl::string_view fields, absl::string_view rules, const std::string& from) {
  Question question;
  question.from = from;
  return AnswerTo(PolicyText("p", fields, absl::StrCat("  - ", rules)), question);
}

constexpr char kForwarded[] = "FORWARDED shop/p rules[0]";
constexpr char kNoRule[] = "DROPPED NO_RULE";
constexpr char kDenied[] = "DROPPED EXPLICIT_DENY shop/p rules[0]";
// With a second policy that allows everything, a DENY policy that does not match shows.
constexpr char kAllowAll[] = "FORWARDED shop/all rules[0]";

std::string DenyFor(absl::string_view rules, const std::string& from) {
  Question question;
  question.from = from;
  return AnswerTo(absl::StrCat(PolicyText("all", "", "  - {}"),
                               PolicyText("p", "action: DENY", absl::StrCat("  - ", rules))),
                  question);
}

static_assert(!std::is_copy_constructible_v<Permit> && !std::is_copy_assignable_v<Permit>);
static_assert(!std::is_default_constructible_v<Permit>);
static_assert(!std::is_constructible_v<Permit, Decision>, "only Authorizer makes a Permit");
static_assert(std::is_move_constructible_v<Permit>);

TEST(Authorizer, DeniesWithoutAPolicySet) {
  EXPECT_EQ(Answer(Decide(nullptr, Question{kOrders})), kNoRule);
  EXPECT_EQ(Answer(Decide(std::make_shared<const PolicySet>(), Question{kOrders})), kNoRule);
}

TEST(Authorizer, DeniesWithAnAllowPolicyThatHasNoRules) {
  EXPECT_EQ(AnswerTo(PolicyText("p", "", ""), Question{kOrders}), kNoRule);
}

TEST(Authorizer, EmptyRuleMatchesEveryoneAuthenticatedOrNot) {
  EXPECT_EQ(AnswerFor("", "{}", kOrders), kForwarded);
  EXPECT_EQ(AnswerFor("", "{}", kNobody), kForwarded);
  EXPECT_EQ(AnswerFor("action: DENY", "{}", kOrders), kDenied);
}

TEST(Authorizer, DenyWinsOverAllow) {
  EXPECT_EQ(DenyFor("{from: [{source: {principals: [td/ns/shop/sa/orders]}}]}", kOrders), kDenied);
  EXPECT_EQ(DenyFor("{from: [{source: {principals: [td/ns/shop/sa/orders]}}]}", kWeb), kAllowAll);
}

TEST(Authorizer, DenyOfOneDirectionSaysNothingOfTheOther) {
  const std::string text = absl::StrCat(PolicyText("all", "", "  - {}"),
                                        PolicyText("p", "direction: OUTBOUND", "  - {}"));
  Question outbound{kOrders};
  outbound.direction = Direction::kOutbound;
  EXPECT_EQ(AnswerTo(text, Question{kOrders}), kAllowAll);
  EXPECT_EQ(AnswerTo(text, outbound), kForwarded);
  EXPECT_EQ(AnswerTo(PolicyText("p", "", "  - {}"), outbound), kNoRule);
}

TEST(Authorizer, EntriesOfFromAreOr) {
  constexpr char kRule[] =
      "{from: [{source: {principals: [td/ns/shop/sa/orders]}}, {source: {namespaces: [web]}}]}";
  EXPECT_EQ(AnswerFor("", kRule, kOrders), kForwarded);
  EXPECT_EQ(AnswerFor("", kRule, kWeb), kForwarded);
  EXPECT_EQ(AnswerFor("", kRule, "td/ns/x/sa/y"), kNoRule);
}

TEST(Authorizer, FieldsOfOneSourceAreAnd) {
  constexpr char kRule[] =
      "{from: [{source: {namespaces: [shop], trustDomains: [td], ipBlocks: [10.0.0.0/24]}}]}";
  EXPECT_EQ(AnswerFor("", kRule, kOrders), kForwarded);
  EXPECT_EQ(AnswerFor("", kRule, "other/ns/shop/sa/orders"), kNoRule);
  EXPECT_EQ(AnswerFor("", kRule, kWeb), kNoRule);
}

TEST(Authorizer, FromAndToAreAnd) {
  const std::string text = PolicyText(
      "p", "", "  - {from: [{source: {namespaces: [shop]}}], to: [{operation: {ports: [8080]}}]}");
  Question question{kOrders};
  EXPECT_EQ(AnswerTo(text, question), kForwarded);
  question.port = 8081;
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
  EXPECT_EQ(AnswerTo(text, Question{kWeb}), kNoRule);
}

TEST(Authorizer, NotFieldIsTheOppositeOfItsValuesTogether) {
  constexpr char kRule[] = "{from: [{source: {namespaces: ['*'], notNamespaces: [web, dev]}}]}";
  EXPECT_EQ(AnswerFor("", kRule, kOrders), kForwarded);
  EXPECT_EQ(AnswerFor("", kRule, kWeb), kNoRule);
  EXPECT_EQ(AnswerFor("", kRule, "td/ns/dev/sa/x"), kNoRule);
}

TEST(Authorizer, NotPortsExcludesThosePorts) {
  const std::string text = PolicyText("p", "", "  - {to: [{operation: {notPorts: ['22']}}]}");
  Question question{kOrders};
  EXPECT_EQ(AnswerTo(text, question), kForwarded);
  question.port = 22;
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
}

TEST(Authorizer, PositiveIdentityFieldsNeverMatchClearText) {
  for (const char* field : {"principals: ['*']", "namespaces: ['*']", "trustDomains: ['*']",
                            "serviceAccounts: [orders]"}) {
    const std::string rule = absl::StrCat("{from: [{source: {", field, "}}]}");
    EXPECT_EQ(AnswerFor("", rule, kNobody), kNoRule) << field;
    EXPECT_EQ(AnswerFor("", rule, kOrders), kForwarded) << field;
    EXPECT_EQ(DenyFor(rule, kNobody), kAllowAll) << field;
  }
}

TEST(Authorizer, DenyWithNotFieldsIsNotBypassedByClearText) {
  for (const char* field : {"notPrincipals: [td/x]", "notNamespaces: [x]", "notTrustDomains: [x]",
                            "notServiceAccounts: [x]", "notPrincipals: ['*']"}) {
    const std::string rule = absl::StrCat("{from: [{source: {", field, "}}]}");
    EXPECT_EQ(DenyFor(rule, kNobody), kDenied) << field;
  }
}

TEST(Authorizer, AllowWithNotFieldsIsNotWidenedToClearText) {
  for (const char* field : {"notPrincipals: [td/x]", "notNamespaces: [x]", "notTrustDomains: [x]",
                            "notServiceAccounts: [x]"}) {
    const std::string rule = absl::StrCat("{from: [{source: {", field, "}}]}");
    EXPECT_EQ(AnswerFor("", rule, kNobody), kNoRule) << field;
    EXPECT_EQ(AnswerFor("", rule, kOrders), kForwarded) << field;
  }
}

TEST(Authorizer, IdentityWithoutNamespaceIsDoubtForNamespaceFields) {
  for (const char* field : {"notNamespaces: [x]", "notServiceAccounts: [x/y]"}) {
    const std::string rule = absl::StrCat("{from: [{source: {", field, "}}]}");
    EXPECT_EQ(AnswerFor("", rule, kVirtualMachine), kNoRule) << field;
    EXPECT_EQ(DenyFor(rule, kVirtualMachine), kDenied) << field;
  }
  constexpr char kAnyNamespace[] = "{from: [{source: {namespaces: ['*']}}]}";
  EXPECT_EQ(AnswerFor("", kAnyNamespace, kVirtualMachine), kNoRule);
  EXPECT_EQ(DenyFor(kAnyNamespace, kVirtualMachine), kAllowAll);
}

TEST(Authorizer, NotPrincipalsMatchesOtherIdentities) {
  constexpr char kRule[] = "{from: [{source: {notPrincipals: [td/ns/shop/sa/orders]}}]}";
  EXPECT_EQ(AnswerFor("", kRule, kVirtualMachine), kForwarded);
  EXPECT_EQ(AnswerFor("", kRule, kOrders), kNoRule);
  EXPECT_EQ(DenyFor(kRule, kWeb), kDenied);
  EXPECT_EQ(DenyFor(kRule, kOrders), kAllowAll);
}

TEST(Authorizer, NamespaceIsOnlyThatOfTheKubernetesShape) {
  constexpr char kRule[] = "{from: [{source: {namespaces: [shop]}}]}";
  EXPECT_EQ(AnswerFor("", kRule, "td/ns/shop"), kNoRule);
  EXPECT_EQ(AnswerFor("", kRule, "td/x/ns/shop/sa/y"), kNoRule);
  EXPECT_EQ(AnswerFor("", kRule, "td/ns/web/sa/x/ns/shop/sa/y"), kNoRule);
}

TEST(Authorizer, ServiceAccountDefaultsToTheNamespaceOfThePolicy) {
  constexpr char kOwn[] = "{from: [{source: {serviceAccounts: [orders]}}]}";
  EXPECT_EQ(AnswerFor("", kOwn, kOrders), kForwarded);
  EXPECT_EQ(AnswerFor("", kOwn, "td/ns/web/sa/orders"), kNoRule);
  constexpr char kOther[] = "{from: [{source: {serviceAccounts: [web/web]}}]}";
  EXPECT_EQ(AnswerFor("", kOther, kWeb), kForwarded);
  EXPECT_EQ(AnswerFor("", kOther, "td/ns/shop/sa/web"), kNoRule);
}

TEST(Authorizer, AddressesOfOneIdentityAreToldApart) {
  auto policy = MustLoad(
      PolicyText("p", "", "  - {from: [{source: {ipBlocks: [10.1.0.0/16, 'fd00::/8']}}]}"));
  Question question{kOrders, "10.1.2.3"};
  EXPECT_EQ(Answer(Decide(policy, question)), kForwarded);
  question.from_ip = "10.2.0.1";
  EXPECT_EQ(Answer(Decide(policy, question)), kNoRule);
  question.from_ip = "fd12::1";
  EXPECT_EQ(Answer(Decide(policy, question)), kForwarded);
  question.from_ip = "::ffff:10.1.0.1";
  EXPECT_EQ(Answer(Decide(policy, question)), kForwarded);
}

TEST(Authorizer, UnknownAddressIsDoubt) {
  Question question{kOrders, /*from_ip=*/""};
  EXPECT_EQ(AnswerTo(PolicyText("p", "", "  - {from: [{source: {ipBlocks: ['::/0']}}]}"), question),
            kNoRule);
  EXPECT_EQ(
      AnswerTo(PolicyText("p", "", "  - {from: [{source: {notIpBlocks: [10.0.0.1]}}]}"), question),
      kNoRule);
  EXPECT_EQ(
      AnswerTo(PolicyText("p", "action: DENY", "  - {from: [{source: {notIpBlocks: [10.0.0.1]}}]}"),
               question),
      kDenied);
}

TEST(Authorizer, OutboundRuleLooksAtTheOtherSide) {
  const std::string text = PolicyText(
      "p", "direction: OUTBOUND",
      "  - {to: [{destination: {principals: [td/ns/shop/sa/ledger], ports: ['5432']}}]}");
  Question question{kOrders};
  question.direction = Direction::kOutbound;
  question.to = "td/ns/shop/sa/ledger";
  question.port = 5432;
  EXPECT_EQ(AnswerTo(text, question), kForwarded);
  question.port = 5433;
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
  question.port = 5432;
  question.to = "td/ns/shop/sa/other";
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
  question.to = "";
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
}

TEST(Authorizer, OutboundOperationAndDestinationPortsAreAnd) {
  const std::string text =
      PolicyText("p", "direction: OUTBOUND",
                 "  - {to: [{operation: {ports: ['1', '2']}, destination: {ports: ['2', '3']}}]}");
  for (const auto& [port, answer] :
       std::vector<std::pair<uint16_t, std::string>>{{1, kNoRule}, {2, kForwarded}, {3, kNoRule}}) {
    Question question{kOrders};
    question.direction = Direction::kOutbound;
    question.port = port;
    EXPECT_EQ(AnswerTo(text, question), answer) << port;
  }
}

TEST(Authorizer, OutboundDestinationAddressCounts) {
  const std::string text = PolicyText("p", "direction: OUTBOUND",
                                      "  - {to: [{destination: {ipBlocks: [10.0.0.0/30]}}]}");
  Question question{kOrders};
  question.direction = Direction::kOutbound;
  EXPECT_EQ(AnswerTo(text, question), kForwarded);
  question.to_ip = "10.0.0.4";
  EXPECT_EQ(AnswerTo(text, question), kNoRule);
}

TEST(Authorizer, AuditDenyLetsThroughAndSaysSo) {
  const std::string text =
      absl::StrCat(PolicyText("all", "", "  - {}"),
                   PolicyText("trial", "mode: AUDIT\n  action: DENY", "  - {}"));
  EXPECT_EQ(AnswerTo(text, Question{kOrders}),
            "AUDIT shop/all rules[0], would be DROPPED by shop/trial rules[0]");
}

TEST(Authorizer, AuditAllowDoesNotLetThrough) {
  EXPECT_EQ(AnswerTo(PolicyText("trial", "mode: AUDIT", "  - {}"), Question{kOrders}),
            "DROPPED NO_RULE, would be FORWARDED by shop/trial rules[0]");
}

TEST(Authorizer, AuditAllowIsSilentWhereSomethingElseDecides) {
  const std::string trial = PolicyText("trial", "mode: AUDIT", "  - {}");
  EXPECT_EQ(AnswerTo(absl::StrCat(trial, PolicyText("p", "", "  - {}")), Question{kOrders}),
            kForwarded);
  EXPECT_EQ(
      AnswerTo(absl::StrCat(trial, PolicyText("p", "action: DENY", "  - {}")), Question{kOrders}),
      kDenied);
  EXPECT_EQ(AnswerTo(absl::StrCat(trial, PolicyText("d", "mode: AUDIT\n  action: DENY", "  - {}")),
                     Question{kOrders}),
            "DROPPED NO_RULE, would be DROPPED by shop/d rules[0]");
}

TEST(Authorizer, NamesTheFirstMatchingRuleInFileOrder) {
  EXPECT_EQ(AnswerTo(PolicyText("p", "",
                                "  - {name: first, from: [{source: {namespaces: [x]}}]}\n"
                                "  - {name: second}\n  - {name: third}"),
                     Question{kOrders}),
            "FORWARDED shop/p second");
}

TEST(Authorizer, RequestWithoutPortIsAnInternalErrorAndDenied) {
  Question question{kOrders};
  question.port = 0;
  EXPECT_EQ(AnswerTo(PolicyText("p", "", "  - {}"), question), "DROPPED INTERNAL");
}

TEST(Authorizer, DecisionIdsNeverRepeatAcrossPolicies) {
  Authorizer authorizer(nullptr, 99);
  ConnectionRequest request;
  request.destination.port = 1;
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    Decision decision;
    EXPECT_FALSE(authorizer.Authorize(request, &decision).ok());
    EXPECT_EQ(decision.id.high, 99U);
    ids.insert(decision.id.ToString());
    authorizer.SetPolicy(nullptr);
  }
  EXPECT_EQ(ids.size(), 100U);
}

TEST(Authorizer, NewPolicyIsAskedAtOnceAndOldPermitsNameTheirDecision) {
  auto open = MustLoad(PolicyText("p", "", "  - {}"));
  Authorizer authorizer(open, 1);
  ConnectionRequest request;
  request.destination.port = 8080;
  Decision decision;
  absl::StatusOr<Permit> permit = authorizer.Authorize(request, &decision);
  ASSERT_TRUE(permit.ok());
  const DecisionId allowed = decision.id;

  authorizer.SetPolicy(MustLoad(PolicyText("p", "action: DENY", "  - {}")));
  open.reset();
  EXPECT_EQ(authorizer.Authorize(request, &decision).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Answer(decision), kDenied);
  EXPECT_EQ(permit->id().ToString(), allowed.ToString());
  EXPECT_NE(permit->id().ToString(), decision.id.ToString());
}

TEST(DecisionMemo, StaysBoundedWhateverPeersAskFor) {
  auto policy = MustLoad(PolicyText("p", "", "  - {}"));
  DecisionMemo memo(*policy);
  ConnectionRequest request;
  for (int port = 1; port <= 65535; ++port) {
    request.destination.port = static_cast<uint16_t>(port);
    ASSERT_EQ(memo.ResiduesFor(request).allow.size(), 1U);
    ASSERT_LE(memo.size(), DecisionMemo::kMaxEntries);
  }
}

TEST(DecisionMemo, LeavesOneCandidateHoweverManyRulesMatch) {
  std::string rules;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&rules, "  - {}\n");
  auto policy = MustLoad(PolicyText("p", "", rules));
  DecisionMemo memo(*policy);
  ConnectionRequest request;
  request.destination.port = 1;
  EXPECT_EQ(memo.ResiduesFor(request).size(), 1U);
}

}  // namespace
}  // namespace firebreak::policy
