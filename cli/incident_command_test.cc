#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kStart = 1'767'600'000;  // seconds

// Line is a call as the caller's sidecar and the callee's report it.
std::string Line(const std::string& from, const std::string& to, double at_seconds,
                 const std::string& path, const std::string& verdict = "FORWARDED") {
  static int ids = 0;
  std::string lines;
  for (const bool outbound : {true, false}) {
    const absl::Time end = absl::FromUnixSeconds(kStart) + absl::Seconds(at_seconds);
    absl::StrAppend(
        &lines, R"({"time":")", absl::FormatTime(absl::RFC3339_full, end, absl::UTCTimeZone()),
        R"(","flow_id":")", absl::Hex(++ids, absl::kZeroPad16), "0000000000000000",
        R"(","event":"REQUEST","direction":")", outbound ? "OUTBOUND" : "INBOUND",
        R"(","verdict":")", verdict, R"(","reason":")", verdict == "DROPPED" ? "NO_RULE" : "",
        R"(","reporter":{"node":")", outbound ? from : to, "-0",
        R"("},"source":{"principal":"d/ns/shop/sa/)", from, R"("},"destination":{"principal":)",
        R"("d/ns/shop/sa/)", to, R"(","port":8080},"protocol":"HTTP1","http":{"method":"GET",)",
        R"("path":")", path, R"(","path_template":")", path, R"("},"duration_us":3000})", "\n");
  }
  return lines;
}

std::string Log() {
  std::string log;
  for (int i = 0; i < 2880; ++i) absl::StrAppend(&log, Line("web", "orders", i * 30, "/v1/{id}"));
  return absl::StrCat(log, Line("web", "orders", 86'410, "/admin/backup"),
                      Line("orders", "ledger", 86'440, "/v1/entries/{id}"),
                      Line("orders", "vault", 86'460, "/", "DROPPED"));
}

constexpr char kLabels[] = "honey_routes: [{path: /admin/backup}]\n";
constexpr char kPolicies[] =
    "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
    "metadata: {name: in, namespace: shop}\n"
    "spec:\n  selector: {matchLabels: {app: ledger}}\n"
    "  rules: [{from: [{source: {principals: [d/ns/shop/sa/orders]}}]}]\n";

class IncidentTest : public ::testing::Test {
 protected:
  CommandRun Show(std::vector<std::string> more) const {
    more.insert(more.begin(), {"incident", "show"});
    more.insert(more.end(), {"--learn", "20h", "--labels", labels_, log_});
    return RunForTest(more);
  }

  const tests::TempFolder folder_;
  const std::string log_ = folder_.Write("flows.jsonl", Log());
  const std::string labels_ = folder_.Write("labels.yaml", kLabels);
};

TEST_F(IncidentTest, TellsItsWayWhatWasBlockedAndWhatWouldHaveStoppedIt) {
  const CommandRun run = Show({"1"});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\n  web --> orders   honey"));
  EXPECT_THAT(run.out, HasSubstr("\n    orders --x vault   refused-contact\n"));
  EXPECT_THAT(run.out, HasSubstr("NO_RULE"));
  EXPECT_THAT(run.out, HasSubstr("+    to: [{operation: {ports: [\"8080\"], methods: [\"GET\"], "
                                 "paths: [\"/admin/backup\"]}}]\n"));
  EXPECT_THAT(run.out, Not(HasSubstr("HOW FAR")));
}

TEST_F(IncidentTest, PatchIsAPolicyThatLoads) {
  std::string patch = Show({"1"}).out;
  patch = patch.substr(patch.find("@@\n") + 3);
  const std::string policy = absl::StrReplaceAll(patch, {{"\n+", "\n"}}).substr(1);
  const CommandRun check = RunForTest({"policy", "check", folder_.Write("incident.yaml", policy)});
  EXPECT_EQ(check.exit_code, kExitYes) << check.err << policy;
}

TEST_F(IncidentTest, WritesNoNameIntoPolicyOrTerminalThatIsNoPrincipal) {
  const std::string hostile = R"(x\", evil: [\n+kind: Evil\u001b[2J)";
  const std::string log = absl::StrCat(Log(), Line("web", hostile, 86'500, "/admin/backup"));
  const CommandRun run = RunForTest({"incident", "show", "1", "--learn", "20h", "--labels", labels_,
                                     folder_.Write("hostile.jsonl", log)});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.out, HasSubstr("evil: [")) << "it is told of";
  EXPECT_THAT(run.out, HasSubstr("namespace: \"shop\"}"));
  EXPECT_THAT(run.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run.out, Not(HasSubstr("\n+kind: Evil")));
  const std::string patch = run.out.substr(run.out.find("@@\n"));
  EXPECT_THAT(patch, Not(HasSubstr("evil"))) << patch;
}

TEST_F(IncidentTest, SaysHowFarPolicyWouldLetThemGet) {
  const CommandRun run = Show({"1", "--policies", folder_.Write("policy.yaml", kPolicies)});
  EXPECT_THAT(run.out, HasSubstr("orders: ledger\n")) << run.err;
  EXPECT_THAT(run.out, HasSubstr("web: no policy and no inventory names it\n"));
}

TEST_F(IncidentTest, WhatIsNotThereIsNo) {
  EXPECT_EQ(Show({"7"}).exit_code, kExitNo);
  EXPECT_EQ(Show({"1", "-"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"incident", "show", "1"}).exit_code, kExitUsage);
  EXPECT_EQ(Show({"1", "--policies", folder_.Path("none")}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
