#include "cli/policy_diff_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Policy(const std::string& paths) {
  return absl::StrCat(
      "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
      "metadata: {name: payments, namespace: shop}\nspec:\n"
      "  selector: {matchLabels: {app: payments}}\n  rules:\n  - name: orders\n"
      "    from: [{source: {principals: [\"shop.example/ns/shop/sa/orders\"]}}]\n"
      "    to: [{operation: {ports: [\"8080\"], methods: [\"GET\"], paths: [",
      paths, "]}}]\n");
}

constexpr char kFlows[] =
    R"({"time":"2027-01-15T08:00:04Z","event":"REQUEST","direction":"INBOUND","verdict":"FORWARDED",)"
    R"("reporter":{"namespace":"shop","workload":"payments"},"source":{"principal":)"
    R"("shop.example/ns/shop/sa/orders","ip":"10.0.0.2","port":42742},"destination":{"port":8080},)"
    R"("protocol":"HTTP1","http":{"method":"GET","authority":"payments","path":"/statement"}})"
    "\n";

class PolicyDiff : public ::testing::Test {
 protected:
  PolicyDiff()
      : both_(folder_.Write("old.yaml", Policy("\"/charge\", \"/statement\""))),
        one_(folder_.Write("new.yaml", Policy("\"/charge\""))),
        flows_(folder_.Write("flows.jsonl", kFlows)) {}

  tests::TempFolder folder_;
  std::string both_;
  std::string one_;
  std::string flows_;
};

TEST_F(PolicyDiff, SameIsYes) {
  const CommandRun run = RunForTest({"policy", "diff", both_, both_});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(run.out, "");
}

TEST_F(PolicyDiff, PrintsWhatIsNewlyDeniedWithAnExample) {
  const CommandRun run = RunForTest({"policy", "diff", both_, one_});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_EQ(run.out,
            "shop, app=payments, INBOUND\n"
            "  - newly denied\n"
            "    protocol        HTTP\n"
            "    from            shop.example/ns/shop/sa/orders\n"
            "    port            8080\n"
            "    method          GET\n"
            "    path            /statement\n"
            "    for example     shop.example/ns/shop/sa/orders to shop/payments:8080 GET "
            "/statement\n"
            "                    was allowed by shop/payments orders\n"
            "                    is denied, no rule\n"
            "    to explain      --from shop.example/ns/shop/sa/orders --to-namespace shop "
            "--to-label app=payments --port 8080 --method GET --path /statement\n");
}

TEST_F(PolicyDiff, NamesRulesThatHaveTheSameTrafficInspectedOtherwise) {
  const std::string declared = folder_.Write(
      "declared.yaml",
      absl::StrCat(Policy("\"/charge\", \"/statement\""), "    inspection: {protocol: http1}\n"));
  const CommandRun run = RunForTest({"policy", "diff", both_, declared});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.err, HasSubstr("inspected otherwise: what shop/payments orders lets through\n"));
  EXPECT_THAT(RunForTest({"policy", "diff", declared, declared}).err, Not(HasSubstr("inspected")));
}

// FlagsIn takes apart what a shell would, of each line that says what to ask.
std::vector<std::vector<std::string>> FlagsIn(const std::string& out) {
  std::vector<std::vector<std::string>> all;
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    if (!absl::ConsumePrefix(&line, "    to explain      ")) continue;
    std::vector<std::string>& flags = all.emplace_back(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '\'') {
        quoted = !quoted;
      } else if (c == ' ' && !quoted) {
        flags.emplace_back();
      } else {
        flags.back() += c;
      }
    }
  }
  return all;
}

TEST_F(PolicyDiff, WhatItPrintsToExplainGetsTheSameAnswersThere) {
  const std::string rules = absl::StrReplaceAll(Policy("\"/charge\""), {{"rules:", R"(rules:
  - from: [{source: {namespaces: [ops]}}]
    to: [{operation: {ports: ["9"], hosts: ["ops.example"], grpc: {services: [shop.Ledger]}}}]
  - from: [{source: {principals: [td/x], ipBlocks: [10.1.0.0/16]}}]
    when: [{key: "request.headers[x-env]", values: ["it is prod"]}, {key: "request.headers[x-b]", values: [b]}]
  - to: [{operation: {ports: ["7"], protocols: [TCP]}}]
    validity: {not_after: 2031-01-01T00:00:00Z}
  - to: [{operation: {ports: ["8"], protocols: [WEBSOCKET]}}])"}});
  const std::string after = folder_.Write("more.yaml", rules);
  const CommandRun run = RunForTest({"policy", "diff", one_, after});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  const auto questions = FlagsIn(run.out);
  EXPECT_GE(questions.size(), 4U) << run.out;
  EXPECT_THAT(run.out, HasSubstr("--header 'x-env: it is prod'"));
  for (const std::vector<std::string>& flags : questions) {
    for (const std::string& policy : {one_, after}) {
      std::vector<std::string> args = {"policy", "explain", policy};
      args.insert(args.end(), flags.begin(), flags.end());
      const CommandRun asked = RunForTest(args);
      EXPECT_EQ(asked.exit_code, policy == after ? kExitYes : kExitNo)
          << absl::StrJoin(args, " ") << asked.out << asked.err;
    }
  }
}

TEST_F(PolicyDiff, AnOutboundDifferenceIsExplainedToo) {
  const std::string before = folder_.Write("out.yaml", R"(
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: out, namespace: shop}
spec:
  selector: {matchLabels: {app: "web shop"}}
  direction: OUTBOUND
  rules:
  - to: [{destination: {principals: [td/ns/shop/sa/payments], ports: ["8080"]}}]
)");
  const std::string after = folder_.Write("out-more.yaml", R"(
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: out, namespace: shop}
spec:
  selector: {matchLabels: {app: "web shop"}}
  direction: OUTBOUND
  rules:
  - to: [{destination: {principals: [td/ns/shop/sa/payments], ports: ["8080"]}}]
  - to: [{destination: {principals: [td/ns/shop/sa/ledger]}}]
  - to: [{destination: {ipBlocks: [10.2.0.0/16], ports: ["9"]}}]
  - to: [{destination: {hosts: [api.example], ports: ["443"]}}]
)");
  const CommandRun run = RunForTest({"policy", "diff", before, after});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  const auto questions = FlagsIn(run.out);
  EXPECT_GE(questions.size(), 3U) << run.out;
  EXPECT_THAT(run.out, HasSubstr("--direction OUTBOUND --to td/ns/shop/sa/ledger "));
  EXPECT_THAT(run.out, HasSubstr(" --from-namespace shop --from-label 'app=web shop' --port 443 "));
  for (const std::vector<std::string>& flags : questions) {
    for (const std::string& policy : {before, after}) {
      std::vector<std::string> args = {"policy", "explain", policy};
      args.insert(args.end(), flags.begin(), flags.end());
      const CommandRun asked = RunForTest(args);
      EXPECT_EQ(asked.exit_code, policy == after ? kExitYes : kExitNo)
          << absl::StrJoin(args, " ") << asked.out << asked.err;
    }
  }
}

TEST_F(PolicyDiff, JsonHasTheSetsAndTheExample) {
  const CommandRun run = RunForTest({"policy", "diff", one_, both_, "-o", "json"});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out,
              HasSubstr(R"({"differences":[{"change":"NEWLY_ALLOWED","direction":)"
                        R"("INBOUND","workloads":[{"namespace":"shop","labels":{"app":)"
                        R"("payments"}}],"where":[{"field":"protocol","any_of":["HTTP"])"));
  EXPECT_THAT(run.out,
              HasSubstr(R"({"field":"path","any_of":["/statement"],"example":"/statement"})"));
  EXPECT_THAT(run.out, HasSubstr(R"("before":{"verdict":"DROPPED","reason":"NO_RULE"})"));
}

TEST_F(PolicyDiff, TellsOfPoliciesUnderAudit) {
  const std::string audit = folder_.Write(
      "audit.yaml",
      absl::StrReplaceAll(Policy("\"/charge\""), {{"rules:", "mode: AUDIT\n  rules:"}}));
  const CommandRun run = RunForTest({"policy", "diff", audit, audit});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(run.err, "under AUDIT, so they decide nothing: policies 2\nno difference\n");
}

TEST_F(PolicyDiff, WhatHasNoExactAnswerIsExit2) {
  const std::string when = folder_.Write(
      "when.yaml",
      absl::StrCat(Policy("\"/charge\""),
                   "    when: [{key: \"request.headers[x-a]\", values: [\"a,*\"]}]\n"));
  const CommandRun run = RunForTest({"policy", "diff", when, one_});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("which has no exact answer"));
}

TEST_F(PolicyDiff, CountsTheTrafficThatChanges) {
  const CommandRun run =
      RunForTest({"policy", "diff", both_, one_, "--flows", flows_, "-o", "json"});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out, HasSubstr(R"("traffic":"shop.example/ns/shop/sa/orders -> shop/payments )"
                                 R"(port 8080 GET /statement","count":1,)"));
  EXPECT_THAT(run.err, HasSubstr("replayed 1 records, 1 different questions"));
}

TEST_F(PolicyDiff, PolicyThatDoesNotLoadIsExit2) {
  EXPECT_EQ(RunForTest({"policy", "diff", both_, folder_.Path("none.yaml")}).exit_code, kExitUsage);
}

TEST_F(PolicyDiff, ProvesASubset) {
  const CommandRun run = RunForTest({"policy", "prove", "--subset", one_, both_});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(run.out, absl::StrCat("proved: what ", one_, " allows, ", both_, " allows\n"));
  EXPECT_THAT(run.err, HasSubstr("(policies 1, rules 1), kinds of workload 2, from "));
}

TEST_F(PolicyDiff, RefutesASubsetByExamples) {
  const CommandRun run = RunForTest({"policy", "prove", "--subset", both_, one_});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out, HasSubstr(absl::StrCat("refuted: ", both_, " allows what ", one_)));
  EXPECT_THAT(run.out, HasSubstr("shop.example/ns/shop/sa/orders to shop/payments:8080 GET "
                                 "/statement\n"));
  EXPECT_THAT(run.out, HasSubstr(absl::StrCat(one_, ": denied, no rule\n")));
  EXPECT_THAT(run.out, HasSubstr(absl::StrCat(both_, ": allowed by shop/payments orders\n")));
}

TEST_F(PolicyDiff, ProofIsJsonToo) {
  EXPECT_EQ(RunForTest({"policy", "prove", "--subset", one_, both_, "-o", "json"}).out,
            "{\"proved\":true,\"counter_examples\":[]}\n");
}

}  // namespace
}  // namespace firebreak::cli
