// What a policy document may say: every refusal, by position, code and words.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

std::string Istio(absl::string_view spec, absl::string_view annotations = "") {
  return absl::StrCat(
      "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n"
      "  name: p\n  namespace: shop\n  annotations: {",
      annotations, "}\nspec: ", spec, "\n");
}

TEST(PolicyLanguage, RefusesWhatIsWrittenAndEmpty) {
  for (const char* rule :
       {"{from: []}", "{to: []}", "{from: }", "{to: }", "{from: [{}]}", "{to: [{}]}",
        "{from: [{source: {}}]}", "{from: [{source: }]}", "{to: [{operation: {}}]}",
        "{to: [{operation: }]}", "{from: [{source: {principals: []}}]}",
        "{from: [{source: {namespaces: [shop], notPrincipals: []}}]}",
        "{from: [{source: {namespaces: ['']}}]}", "{from: [{source: {principals: ['']}}]}",
        "{from: [{source: {notIpBlocks: ['']}}]}", "{to: [{operation: {ports: ['']}}]}"}) {
    EXPECT_THAT(ErrorsOfRule(rule), HasSubstr("FB0303")) << rule;
  }
  EXPECT_THAT(ErrorsOf(PolicyText("p", "selector: {}", "  - {}")), HasSubstr("FB0303"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "selector: {matchLabels: {}}", "  - {}")),
              HasSubstr("FB0303"));
}

TEST(PolicyLanguage, RefusesDenyWithoutRules) {
  EXPECT_THAT(ErrorsOf(PolicyText("p", "action: DENY", "")),
              HasSubstr("a DENY policy without rules"));
}

TEST(PolicyLanguage, RefusesNullEntries) {
  for (const char* rule :
       {"", "~", "{from: [~]}", "{to: [~]}", "{from: [{source: {principals: [~]}}]}"}) {
    EXPECT_THAT(ErrorsOfRule(rule), HasSubstr("error[")) << rule;
  }
}

TEST(PolicyLanguage, RefusesUnknownFieldsWithAHint) {
  const std::string errors = ErrorsOfRule("{from: [{source: {principles: [td/x]}}]}");
  EXPECT_THAT(errors, HasSubstr("FB0104"));
  EXPECT_THAT(errors, HasSubstr("did you mean \"principals\"?"));
}

TEST(PolicyLanguage, PointsAtTheValueThatIsWrong) {
  EXPECT_THAT(ErrorsOf("apiVersion: firebreak.dev/v1\n"
                       "kind: AuthorizationPolicy\n"
                       "metadata: {name: p}\n"
                       "spec:\n"
                       "  rules:\n"
                       "  - from:\n"
                       "    - source:\n"
                       "        principals:\n"
                       "        - td/ns/shop/sa/web\n"
                       "        - td/ns/sh*\n"),
              HasSubstr("policy.yaml:10:11: error[FB0305]: \"td/ns/sh*\": a wildcard"));
}

TEST(PolicyLanguage, ReportsAllErrorsAtOnce) {
  const std::string errors = ErrorsOf(PolicyText(
      "p", "action: DROP",
      "  - {from: [{source: {ipBlocks: [10.0.0.1/8, x]}}], to: [{operation: {ports: ['0']}}]}"));
  EXPECT_THAT(errors, HasSubstr("\"DROP\" is no action"));
  EXPECT_THAT(errors, HasSubstr("FB0306"));
  EXPECT_THAT(errors, HasSubstr("FB0307"));
}

TEST(PolicyLanguage, SpellsItsWordsOneWay) {
  EXPECT_THAT(ErrorsOf(PolicyText("p", "action: Deny", "  - {}")),
              HasSubstr("did you mean \"DENY\"?"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "mode: SHADOW", "  - {}")), HasSubstr("ENFORCE, AUDIT"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "direction: ''", "  - {}")), HasSubstr("FB0112"));
}

TEST(PolicyLanguage, RefusesIstiosOtherActions) {
  EXPECT_THAT(ErrorsOf(Istio("{action: CUSTOM, rules: [{}]}")),
              HasSubstr("action CUSTOM is not supported"));
  const std::string audit = ErrorsOf(Istio("{action: AUDIT, rules: [{}]}"));
  EXPECT_THAT(audit, HasSubstr("action AUDIT is not supported"));
  EXPECT_THAT(audit, HasSubstr("istio.io/dry-run"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "action: AUDIT", "  - {}")), HasSubstr("mode: AUDIT"));
}

TEST(PolicyLanguage, RefusesFirebreakFieldsInIstioDocuments) {
  for (const char* spec :
       {"{mode: AUDIT, rules: [{}]}", "{direction: INBOUND, rules: [{}]}", "{rules: [{name: a}]}",
        "{rules: [{to: [{destination: {ports: ['1']}}]}]}"}) {
    EXPECT_THAT(ErrorsOf(Istio(spec)), HasSubstr("apiVersion firebreak.dev/v1")) << spec;
  }
}

TEST(PolicyLanguage, TakesIstiosDryRunAsAudit) {
  EXPECT_EQ(AnswerTo(Istio("{rules: [{}]}", "istio.io/dry-run: 'true'"), Question{"td/x"}),
            "DROPPED NO_RULE, would be FORWARDED by shop/p rules[0]");
  EXPECT_EQ(AnswerTo(Istio("{rules: [{}]}", "istio.io/dry-run: 'false'"), Question{"td/x"}),
            "FORWARDED shop/p rules[0]");
  EXPECT_THAT(ErrorsOf(Istio("{rules: [{}]}", "istio.io/dry-run: 'yes'")),
              HasSubstr("true or false"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(Istio("{rules: [{}]}", "istio.io/dry-run: 'true'"),
                                           {{"security.istio.io/v1", "firebreak.dev/v1"}})),
              HasSubstr("spec.mode: AUDIT"));
}

TEST(PolicyLanguage, SaysOnceThatNoAllowPolicyDoesNotMeanAllow) {
  std::string warnings;
  const std::string one = Istio("{action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}");
  const std::string two =
      absl::StrReplaceAll(one, {{"name: p", "name: q"}, {"/v1\n", "/v1beta1\n"}});
  EXPECT_NE(LoadForTest(absl::StrCat(one, "---\n", two), &warnings), nullptr) << warnings;
  const size_t first = warnings.find("unlike in Istio");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(warnings.find("unlike in Istio", first + 1), std::string::npos);
  EXPECT_NE(LoadForTest(Istio("{rules: [{from: [{source: {namespaces: [x]}}]}]}"), &warnings),
            nullptr);
  EXPECT_EQ(warnings.find("unlike in Istio"), std::string::npos);
}

TEST(PolicyLanguage, DestinationIsForOutboundPolicies) {
  EXPECT_THAT(ErrorsOfRule("{to: [{destination: {ports: ['1']}}]}"), HasSubstr("FB0309"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "direction: OUTBOUND",
                                  "  - {to: [{destination: {hosts: [a.example]}, "
                                  "operation: {notHosts: [b.example]}}]}")),
              HasSubstr("policy.yaml:8:12: error[FB0115]: hosts stand both in"));
}

TEST(PolicyLanguage, ServiceAccountsExcludePrincipalsAndNamespaces) {
  for (const char* other :
       {"principals: [td/x]", "notPrincipals: [td/x]", "namespaces: [x]", "notNamespaces: [x]"}) {
    EXPECT_THAT(
        ErrorsOfRule(absl::StrCat("{from: [{source: {serviceAccounts: [web], ", other, "}}]}")),
        HasSubstr("exclude each other"))
        << other;
  }
  std::string accounts;
  for (int i = 0; i < 17; ++i) absl::StrAppend(&accounts, i > 0 ? ", " : "", "sa", i);
  EXPECT_THAT(ErrorsOfRule(absl::StrCat("{from: [{source: {serviceAccounts: [", accounts, "]}}]}")),
              HasSubstr("more than 16"));
}

TEST(PolicyLanguage, RefusesOtherKindsAndVersions) {
  EXPECT_THAT(ErrorsOf("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"),
              HasSubstr("kind \"Service\" is no AuthorizationPolicy"));
  EXPECT_THAT(ErrorsOf("apiVersion: firebreak.dev/v2\nkind: AuthorizationPolicy\n"),
              HasSubstr("apiVersion \"firebreak.dev/v2\" is not supported"));
  EXPECT_THAT(ErrorsOf("kind: AuthorizationPolicy\n"), HasSubstr("\"apiVersion\" is missing"));
  EXPECT_THAT(ErrorsOf("{}"), HasSubstr("\"kind\" is missing"));
}

constexpr char kList[] = R"(apiVersion: v1
items:
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicy
  metadata: {name: a, namespace: shop, generation: 1, uid: "6"}
  spec: {rules: [{}]}
- apiVersion: firebreak.dev/v1
  kind: PrincipalGroup
  metadata: {name: clients, namespace: shop}
  spec: {principals: [td/ns/shop/sa/web]}
- {apiVersion: firebreak.dev/v1, kind: AuthorizationPolicy, metadata: {name: b},
   spec: {rules: [{from: [{source: {principals: ["group:clients"]}}]}]}}
kind: List
metadata: {resourceVersion: ""}
)";

TEST(PolicyLanguage, ReadsWhatKubectlPrintsItemByItem) {
  std::string errors;
  const auto policy = LoadForTest(kList, &errors);
  ASSERT_NE(policy, nullptr) << errors;
  EXPECT_EQ(policy->policy_count(), 2u);
  std::string wrong = kList;
  wrong.replace(wrong.find("rules: [{}]"), 5, "roles");
  EXPECT_THAT(ErrorsOf(wrong), HasSubstr("policy.yaml:6:10: error[FB0104]"));
}

TEST(PolicyLanguage, RefusesAListWithAnythingElseInIt) {
  EXPECT_THAT(ErrorsOf("kind: List\nitems: []\nspec: {}\n"), HasSubstr("no other List"));
  EXPECT_THAT(ErrorsOf("kind: List\nitems: {}\n"), HasSubstr("no other List"));
  EXPECT_THAT(ErrorsOf("kind: List\n"), HasSubstr("no other List"));
  EXPECT_THAT(ErrorsOf("kind: List\nitems:\n- {kind: List, items: []}\n"),
              HasSubstr("policy.yaml:3:3: error[FB0301]: kind \"List\" is no"));
  EXPECT_THAT(ErrorsOf("kind: List\nitems: [null]\n"), HasSubstr("\"kind\" is missing"));
}

TEST(PolicyLanguage, RefusesAListWhoseAliasesGrowWithoutBound) {
  std::string text = "kind: List\nitems:\n- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    absl::StrAppend(&text, "- &a", i, " [");
    for (int k = 0; k < 10; ++k) absl::StrAppend(&text, "*a", i - 1, ", ");
    absl::StrAppend(&text, "]\n");
  }
  EXPECT_THAT(ErrorsOf(text), HasSubstr("more than 1000000 values"));
  std::string deep = "kind: List\nitems:\n- &a0 [x]\n";
  for (int i = 1; i < 50'000; ++i) absl::StrAppend(&deep, "- &a", i, " [*a", i - 1, "]\n");
  EXPECT_THAT(ErrorsOf(deep), HasSubstr("error["));
}

TEST(PolicyLanguage, NamesAreRequiredUniqueAndPlain) {
  EXPECT_THAT(ErrorsOf("apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"),
              HasSubstr("a name is required"));
  EXPECT_THAT(ErrorsOf(PolicyText("'a b'", "", "  - {}")), HasSubstr("FB0302"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {name: 'a\tb'}")), HasSubstr("error["));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {name: ''}")), HasSubstr("FB0302"));
  EXPECT_THAT(ErrorsOf(PolicyText("p", "", "  - {name: a}\n  - {name: a}")), HasSubstr("FB0311"));
  const std::string twice = PolicyText("p", "", "  - {}");
  EXPECT_THAT(ErrorsOf(absl::StrCat(twice, twice)),
              HasSubstr("policy shop/p is already defined at policy.yaml:4"));
}

TEST(PolicyLanguage, WarnsOfAllowRulesThatCannotMatch) {
  std::string warnings;
  EXPECT_NE(
      LoadForTest(PolicyText("p", "", "  - {from: [{source: {notPrincipals: ['*']}}]}"), &warnings),
      nullptr);
  EXPECT_THAT(warnings, HasSubstr("FB0351"));
  EXPECT_NE(
      LoadForTest(PolicyText("p", "action: DENY", "  - {from: [{source: {notPrincipals: ['*']}}]}"),
                  &warnings),
      nullptr);
  EXPECT_EQ(warnings, "");
}

TEST(PolicyLanguage, SelectorLabelsMustAllBeThere) {
  const auto answer = [](absl::string_view labels) {
    return AnswerTo(
        PolicyText("p", absl::StrCat("selector: {matchLabels: {", labels, "}}"), "  - {}"),
        Question{"td/x"});
  };
  EXPECT_EQ(answer("app: payments"), "FORWARDED shop/p rules[0]");
  EXPECT_EQ(answer("app: payments, tier: back"), "FORWARDED shop/p rules[0]");
  EXPECT_EQ(answer("app: payments, tier: front"), "DROPPED NO_RULE");
  EXPECT_EQ(answer("app: payments, zone: a"), "DROPPED NO_RULE");
  EXPECT_THAT(ErrorsOf(PolicyText("p", "selector: {matchLabels: {app: 'pay*'}}", "  - {}")),
              HasSubstr("without wildcards"));
}

TEST(PolicyLanguage, PoliciesOfOtherNamespacesAreCheckedAndNotApplied) {
  const std::string other =
      absl::StrReplaceAll(PolicyText("p", "", "  - {}"), {{"namespace: shop", "namespace: web"}});
  EXPECT_EQ(AnswerTo(other, Question{"td/x"}), "DROPPED NO_RULE");
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(other, {{"{}", "{from: []}"}})), HasSubstr("FB0303"));
}

TEST(PolicyLanguage, PolicyWithoutNamespaceBelongsToTheWorkloads) {
  EXPECT_EQ(
      AnswerTo(absl::StrReplaceAll(PolicyText("p", "", "  - {}"), {{", namespace: shop", ""}}),
               Question{"td/x"}),
      "FORWARDED shop/p rules[0]");
}

TEST(PolicyLanguage, TakesWhatKubernetesAddsToMetadata) {
  EXPECT_EQ(AnswerTo("apiVersion: security.istio.io/v1beta1\nkind: AuthorizationPolicy\n"
                     "metadata:\n  name: p\n  namespace: shop\n  uid: 0b1\n  generation: 3\n"
                     "  resourceVersion: \"42\"\n  creationTimestamp: \"2026-01-01T00:00:00Z\"\n"
                     "  labels: {a: b}\nspec:\n  action: ALLOW\n  rules:\n  - {}\n",
                     Question{"td/x"}),
            "FORWARDED shop/p rules[0]");
}

}  // namespace
}  // namespace firebreak::policy
