#include "cli/policy_suggest_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kCharge[] =
    R"({"time":"2027-01-15T08:00:04Z","event":"REQUEST","direction":"INBOUND","verdict":"FORWARDED",)"
    R"("reporter":{"namespace":"shop","workload":"payments"},"source":{"principal":)"
    R"("shop.example/ns/shop/sa/orders","ip":"10.0.0.2","port":42742},"destination":{"port":8080},)"
    R"("protocol":"HTTP1","http":{"method":"GET","authority":"payments","path":"/v1/charges/1"},)"
    R"("decision_id":"00000000000000010000000000000002"})"
    "\n";

// Suggest runs the command over a flow log of its own.
CommandRun Suggest(const std::string& log) {
  const tests::TempFolder folder;
  return RunForTest({"policy", "suggest", "--flows", folder.Write("flows.jsonl", log)});
}

TEST(PolicySuggest, PrintsPoliciesThatTheEngineVerified) {
  const CommandRun run = Suggest(kCharge);
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_EQ(
      run.out,
      R"(# Who may call shop/payments: made from 1 time, 2027-01-15T08:00:04Z, such as decision 00000000000000010000000000000002
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments-inbound, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  action: ALLOW
  rules:
  # 1 time, 2027-01-15T08:00:04Z, such as decision 00000000000000010000000000000002
  - name: orders
    from:
    - source:
        principals: ["shop.example/ns/shop/sa/orders"]
    to:
    # GET /v1/charges/1: 1 time, 2027-01-15T08:00:04Z, such as decision 00000000000000010000000000000002
    - operation:
        ports: ["8080"]
        methods: ["GET"]
        paths: ["/v1/charges/1"]
)");
  EXPECT_THAT(run.err, HasSubstr("1 policy, 1 rule; the engine allows all 1 different questions"));
}

TEST(PolicySuggest, WithoutFlowsIsBadUsage) {
  EXPECT_EQ(RunForTest({"policy", "suggest"}).exit_code, kExitUsage);
  EXPECT_EQ(Suggest("").exit_code, kExitUsage);
}

TEST(PolicySuggest, LinesThatAreNoFlowsAreToldOf) {
  const CommandRun run = Suggest(absl::StrCat("rubbish\n", kCharge));
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.err, HasSubstr(":1: "));
}

}  // namespace
}  // namespace firebreak::cli
