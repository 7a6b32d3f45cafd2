#include "cli/policy_tighten_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] =
    "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
    "metadata: {name: ledger, namespace: shop}\nspec:\n"
    "  selector: {matchLabels: {app: ledger}}\n  rules:\n  - name: payments\n"
    "    from: [{source: {principals: [\"t/ns/shop/sa/payments\", \"t/ns/shop/sa/batch\"]}}]\n";

constexpr char kFlows[] =
    R"({"time":"2027-01-01T08:00:00Z","event":"CLOSE","direction":"INBOUND","verdict":"FORWARDED",)"
    R"("reporter":{"namespace":"shop","workload":"ledger"},"source":{"principal":)"
    R"("t/ns/shop/sa/payments","ip":"10.0.0.2"},"destination":{"port":6379},"protocol":"TCP"})"
    "\n"
    R"({"time":"2027-01-03T08:00:00Z","event":"CLOSE","direction":"INBOUND","verdict":"FORWARDED",)"
    R"("reporter":{"namespace":"shop","workload":"ledger"},"source":{"principal":)"
    R"("t/ns/shop/sa/payments","ip":"10.0.0.2"},"destination":{"port":6379},"protocol":"TCP"})"
    "\n";

class PolicyTighten : public ::testing::Test {
 protected:
  PolicyTighten()
      : policy_(folder_.Write("p.yaml", kPolicy)), flows_(folder_.Write("f.jsonl", kFlows)) {}

  tests::TempFolder folder_;
  std::string policy_;
  std::string flows_;
};

TEST_F(PolicyTighten, SaysThatTheWindowIsShort) {
  const CommandRun run = RunForTest({"policy", "tighten", "--flows", flows_, policy_});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("principals t/ns/shop/sa/batch  never"));
  EXPECT_THAT(run.err, HasSubstr("the flows cover 48h, less than 7d (--min-window)"));
}

TEST_F(PolicyTighten, NoPatchFromAShortWindow) {
  const CommandRun run = RunForTest({"policy", "tighten", "--flows", flows_, "--patch", policy_});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_EQ(run.out, "");
}

TEST_F(PolicyTighten, PrintsThePatch) {
  const CommandRun run = RunForTest(
      {"policy", "tighten", "--flows", flows_, "--patch", "--min-window", "1d", policy_});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out,
              HasSubstr("\n-    from: [{source: {principals: [\"t/ns/shop/sa/payments\", "
                        "\"t/ns/shop/sa/batch\"]}}]\n"
                        "+    from: [{source: {principals: [\"t/ns/shop/sa/payments\"]}}]\n"));
}

}  // namespace
}  // namespace firebreak::cli
