#include "cli/policy_test_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] = R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: charge
    from: [{source: {principals: ["td/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"], methods: ["POST"]}}]
  - name: health
    to: [{operation: {ports: ["8080"], paths: ["/health"]}}]
)";

constexpr char kCases[] = R"(workloads:
- {name: payments, namespace: shop, labels: {app: payments, tier: back}}
cases:
- name: orders may charge
  from: {principal: td/ns/shop/sa/orders}
  to: {workload: payments, port: 8080}
  request: {method: POST, path: /v1/charges}
  expect: ALLOW
  policy: shop/payments
  rule: charge
- name: web may not
  from: {principal: td/ns/shop/sa/web}
  to: {workload: payments, port: 8080}
  request: {method: POST, path: /v1/charges}
  expect: DENY
  reason: NO_RULE
)";

class PolicyTestCommand : public ::testing::Test {
 protected:
  PolicyTestCommand() : policy_(folder_.Write("payments.yaml", kPolicy)) {}

  CommandRun Test(const std::string& cases, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = {"policy", "test", policy_, "--cases",
                                     folder_.Write("cases.txt", cases)};
    args.insert(args.end(), more.begin(), more.end());
    return RunForTest(args);
  }

  tests::TempFolder folder_;
  std::string policy_;
};

TEST_F(PolicyTestCommand, PassesAndCountsCoverage) {
  const CommandRun run = Test(kCases);
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.out, HasSubstr("2 of 2 cases passed\n1 of 2 rules decided a case (50%)\n"));
  EXPECT_THAT(run.out, HasSubstr("never decided: shop/payments health"));
}

TEST_F(PolicyTestCommand, CoverageBelowTheMinimumIsNo) {
  const CommandRun run = Test(kCases, {"--coverage-min", "51"});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.err, HasSubstr("50.0% of the rules decided a case, less than 51%"));
  EXPECT_EQ(Test(kCases, {"--coverage-min", "50"}).exit_code, kExitYes);
}

TEST_F(PolicyTestCommand, FailureSaysWhatAndWhy) {
  const CommandRun run = Test(R"(cases:
- name: web may charge
  from: {principal: td/ns/shop/sa/web}
  to: {workload: payments, port: 8080}
  request: {method: POST, path: /v1/charges}
  expect: ALLOW
- name: by another rule
  from: {principal: td/ns/shop/sa/orders}
  to: {workload: payments, port: 8080}
  request: {method: POST, path: /v1/charges}
  expect: ALLOW
  rule: health
)");
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("expected ALLOW, got DENY: NO_RULE; nearest shop/payments"));
  EXPECT_THAT(run.out, HasSubstr("expected rule health, decided by shop/payments charge"));
}

TEST_F(PolicyTestCommand, JunitAndJson) {
  const std::string cases = R"(cases:
- name: a "quoted" <name>
  from: {principal: td/ns/shop/sa/web}
  to: {workload: payments, port: 8080}
  request: {path: /health}
  expect: DENY
)";
  const CommandRun junit = Test(cases, {"-o", "junit"});
  EXPECT_EQ(junit.exit_code, kExitNo);
  EXPECT_THAT(junit.out, HasSubstr("tests=\"1\" failures=\"1\""));
  EXPECT_THAT(junit.out, HasSubstr("name=\"a &quot;quoted&quot; &lt;name&gt;\"><failure message="));
  const CommandRun json = Test(cases, {"-o", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("passed":false)"));
  EXPECT_THAT(json.out, HasSubstr(R"("coverage_percent":50.0)"));
}

TEST_F(PolicyTestCommand, MistakesInCasesHaveTheirPlace) {
  const CommandRun run = Test(R"(cases:
- name: one
  from: {principal: td/ns/shop/sa/web}
  to: {workload: payments, port: 8080}
  expect: ALOW
- name: one
  from: {principal: td/ns/shop/sa/web}
  to: {workload: paymets, port: 8080}
  expect: DENY
)");
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr(":5:11: error[FB0403]: \"ALOW\" is no expect here"));
  EXPECT_THAT(run.err, HasSubstr("did you mean \"ALLOW\"?"));
  EXPECT_THAT(run.err, HasSubstr(":6:9: error[FB0403]: another case has this name"));
  EXPECT_EQ(Test("cases: []\n").exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
