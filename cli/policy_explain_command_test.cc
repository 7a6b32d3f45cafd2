#include "cli/policy_explain_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPolicy[] = R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: orders-may-charge
    from: [{source: {principals: ["td/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"], methods: ["POST"], paths: ["/v1/charges/{*}"]}}]
)";

class PolicyExplain : public ::testing::Test {
 protected:
  PolicyExplain() { policy_ = Write("payments.yaml", kPolicy); }

  std::string Write(const std::string& name, const std::string& text) const {
    return folder_.Write(name, text);
  }
  CommandRun Explain(std::vector<std::string> args) const {
    args.insert(args.begin(), {"policy", "explain", policy_});
    return RunForTest(args);
  }

  tests::TempFolder folder_;
  std::string policy_;
};

TEST_F(PolicyExplain, AllowedIsYes) {
  const CommandRun run = Explain({"--from", "td/ns/shop/sa/orders", "--to", "payments", "--port",
                                  "8080", "--method", "POST", "--path", "/v1/charges/7"});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.out, HasSubstr("ALLOWED  td/ns/shop/sa/orders to shop/payments:8080 POST"));
  EXPECT_THAT(run.out, HasSubstr("rule: shop/payments orders-may-charge"));
}

TEST_F(PolicyExplain, AnIdentityIsTheWorkloadOfItsName) {
  const CommandRun run =
      Explain({"--from", "td/ns/shop/sa/orders", "--to", "td/ns/shop/sa/payments", "--port", "8080",
               "--method", "POST", "--path", "/v1/charges/7"});
  EXPECT_EQ(run.exit_code, kExitYes) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("rule: shop/payments orders-may-charge"));
}

TEST_F(PolicyExplain, AsksNobodyForAnIdentityThatIsNotKnown) {
  const CommandRun run = Explain(
      {"--from", "orders", "--to", "td/ns/shop/sa/nobody", "--port", "8080", "--path", "/"});
  EXPECT_EQ(run.exit_code, kExitUsage) << run.out;
  EXPECT_THAT(run.err, HasSubstr("no workload of that identity is known"));
}

TEST_F(PolicyExplain, DeniedNamesFieldAndPatch) {
  const CommandRun run = Explain(
      {"--from", "orders", "--to", "payments", "--port", "8080", "--path", "/v1/charges/7"});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.out, HasSubstr("methods: wants \"POST\", got GET"));
  EXPECT_THAT(run.out, HasSubstr("+    to: [{operation: {ports: [\"8080\"], methods: [\"POST\", "
                                 "\"GET\"]"));
}

TEST_F(PolicyExplain, DiffIsThePatchAlone) {
  const CommandRun run = Explain({"--from", "orders", "--to", "payments", "--port", "8080",
                                  "--path", "/v1/charges/7", "-o", "diff", "--exact"});
  EXPECT_EQ(run.out.rfind("--- ", 0), 0U) << run.out;
  EXPECT_THAT(run.out, HasSubstr("+  - name: allow-orders"));
}

TEST_F(PolicyExplain, JsonHasTheSame) {
  const CommandRun run = Explain({"--from", "orders", "--to", "payments", "--port", "8080",
                                  "--path", "/v1/charges/7", "-o", "json"});
  EXPECT_THAT(run.out, HasSubstr(R"("reason":"NO_RULE")"));
  EXPECT_THAT(run.out, HasSubstr(R"("expected":["POST"],"got":"GET")"));
}

TEST_F(PolicyExplain, SaysHowWhatTheRuleLetsThroughIsInspected) {
  const std::string database =
      Write("database.yaml",
            "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
            "metadata: {name: database, namespace: shop}\nspec:\n"
            "  selector: {matchLabels: {app: database}}\n  rules:\n"
            "  - inspection: {mode: BLOCK, paranoia: 2, protocol: PostgreSQL}\n");
  const auto answer = [&database](const char* form) {
    return RunForTest({"policy", "explain", database, "--from", "td/ns/shop/sa/orders", "--to",
                       "shop/database", "--port", "5432", "-o", form})
        .out;
  };
  EXPECT_THAT(answer("table"),
              HasSubstr("\ninspection: mode BLOCK, paranoia 2, protocol postgresql\n"));
  EXPECT_THAT(answer("json"),
              HasSubstr(R"("inspection":{"mode":"BLOCK","paranoia":2,"protocol":"postgresql"}})"));
}

TEST_F(PolicyExplain, QuestionFromAFileWithPositions) {
  const std::string good = Write("q.txt",
                                 "from: {principal: td/ns/shop/sa/orders}\n"
                                 "to: {namespace: shop, labels: {app: payments}, port: 8080}\n"
                                 "request: {method: POST, path: /v1/charges/7}\n");
  EXPECT_EQ(Explain({"--request", good}).exit_code, kExitYes);
  const std::string bad =
      Write("bad.txt", "from: {principle: td/ns/shop/sa/orders}\nto: {port: 8080}\n");
  const CommandRun run = Explain({"--request", bad});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("bad.txt:1:8: error[FB0104]"));
  EXPECT_THAT(run.err, HasSubstr("did you mean \"principal\"?"));
}

TEST_F(PolicyExplain, WhatTheSidecarRefusesIsNoQuestionOfPolicy) {
  const CommandRun run = Explain(
      {"--from", "orders", "--to", "payments", "--port", "8080", "--path", "/../etc/passwd"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("error[FB0402]"));
  EXPECT_THAT(run.err, HasSubstr("path_above_root"));
}

TEST_F(PolicyExplain, UnknownWorkloadHasAHint) {
  const CommandRun run = Explain({"--from", "orders", "--to", "paymnts", "--port", "8080"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("did you mean \"payments\"?"));
}

TEST_F(PolicyExplain, ExplainsARecordedDecision) {
  const std::string log =
      Write("flows.jsonl",
            R"({"time":"2026-01-31T12:00:00Z","event":"REQUEST","direction":"INBOUND",)"
            R"("reporter":{"namespace":"shop","workload":"payments"},"verdict":"DROPPED",)"
            R"("reason":"NO_RULE","source":{"principal":"td/ns/shop/sa/web","ip":"10.0.0.9"},)"
            R"("destination":{"ip":"10.0.0.2","port":8080},"protocol":"HTTP1",)"
            R"("http":{"method":"POST","authority":"payments:8080","path":"/v1/charges/7"},)"
            R"("decision_id":"0123456789abcdef0123456789abcdef"})"
            "\n");
  const CommandRun run =
      Explain({"--decision", "0123456789ABCDEF0123456789ABCDEF", "--flows", log});
  EXPECT_EQ(run.exit_code, kExitNo) << run.err;
  EXPECT_THAT(run.err, HasSubstr("recorded: DROPPED NO_RULE"));
  EXPECT_THAT(run.out, HasSubstr("principals: wants \"td/ns/shop/sa/orders\", got "
                                 "td/ns/shop/sa/web"));
  const CommandRun none = Explain({"--decision", "00", "--flows", log});
  EXPECT_EQ(none.exit_code, kExitUsage);
  EXPECT_THAT(none.err, HasSubstr("no record of decision \"00\""));
  EXPECT_EQ(Explain({"--decision", "00"}).exit_code, kExitUsage);
}

TEST_F(PolicyExplain, SaysWhatElseRefusedWhatPolicyAllows) {
  const auto recorded = [&](const std::string& why) {
    return Explain({"--decision", "0a", "--flows",
                    Write("flows.jsonl",
                          R"({"time":"2026-01-31T12:00:00Z","event":"REQUEST",)"
                          R"("direction":"INBOUND","verdict":"DROPPED",)" +
                              why +
                              R"(,"reporter":{"namespace":"shop","workload":"payments"},)"
                              R"("source":{"principal":"td/ns/shop/sa/orders","ip":"10.0.0.9"},)"
                              R"("destination":{"ip":"10.0.0.2","port":8080},)"
                              R"("protocol":"HTTP1","http":{"method":"POST",)"
                              R"("path":"/v1/charges/7"},"decision_id":"0a"})"
                              "\n")});
  };
  const CommandRun quarantined = recorded(R"("reason":"QUARANTINED")");
  EXPECT_EQ(quarantined.exit_code, kExitYes) << quarantined.err;
  EXPECT_THAT(quarantined.err, HasSubstr("policy allows it; it was refused by quarantine "
                                         "(firebreak quarantine list)\n"));
  const CommandRun inspected = recorded(
      R"("reason":"INSPECTION","inspection":{"matches":[{"id":"FBI-SQL-001","category":"sql"}]})");
  EXPECT_THAT(inspected.err,
              HasSubstr("policy allows it; it was refused by inspection: FBI-SQL-001\n"));
  EXPECT_THAT(recorded(R"("reason":"LIMIT")").err, Not(HasSubstr("policy allows it")));
}

TEST_F(PolicyExplain, WithoutAQuestionItSaysHowToAsk) {
  const CommandRun run = Explain({});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("--from, --to and --port, or --request, or --decision with "
                                 "--flows"));
}

TEST_F(PolicyExplain, WhatARecordLeftOutIsAnythingInAPatch) {
  const std::string log =
      Write("flows.jsonl",
            R"({"time":"2026-01-31T12:00:00Z","event":"REQUEST","direction":"INBOUND",)"
            R"("reporter":{"namespace":"shop","workload":"payments"},"verdict":"DROPPED",)"
            R"("reason":"NO_RULE","source":{"principal":"td/ns/shop/sa/orders","ip":"10.0.0.9"},)"
            R"("destination":{"ip":"10.0.0.2","port":8080},"protocol":"HTTP1",)"
            R"("http":{"method":"POST","authority":"payments:8080","path":"/v1/refunds/{id}"},)"
            R"("decision_id":"0123456789abcdef0123456789abcdef"})"
            "\n");
  const CommandRun run =
      Explain({"--decision", "0123456789abcdef0123456789abcdef", "--flows", log});
  EXPECT_THAT(run.out, HasSubstr("got /v1/refunds/{id}"));
  EXPECT_THAT(run.out, HasSubstr("\"/v1/refunds/{*}\""));
  EXPECT_THAT(run.out + run.err, HasSubstr("left out when it was recorded"));
}

// A record holds no headers: that one is missing would be a guess, and a patch a hole.
TEST_F(PolicyExplain, HeadersOfARecordedDecisionAreUnknownUnlessTheyAreNamed) {
  const std::string guarded = Write("guarded.yaml", R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: guarded, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: admins
    from: [{source: {principals: ["td/ns/shop/sa/web"]}}]
    to: [{operation: {ports: ["8080"]}}]
    when: [{key: "request.headers[x-role]", values: ["admin"]}]
)");
  const std::string log =
      Write("flows.jsonl",
            R"({"time":"2026-01-31T12:00:00Z","event":"REQUEST","direction":"INBOUND",)"
            R"("reporter":{"namespace":"shop","workload":"payments"},"verdict":"DROPPED",)"
            R"("reason":"NO_RULE","source":{"principal":"td/ns/shop/sa/web","ip":"10.0.0.9"},)"
            R"("destination":{"ip":"10.0.0.2","port":8080},"protocol":"HTTP1",)"
            R"("http":{"method":"POST","authority":"payments:8080","path":"/"},)"
            R"("decision_id":"0a"})"
            "\n");
  const auto explain = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"policy", "explain", guarded, "--decision",
                                     "0a",     "--flows", log};
    args.insert(args.end(), more.begin(), more.end());
    return RunForTest(args);
  };
  const CommandRun open = explain({});
  EXPECT_EQ(open.exit_code, kExitNo) << open.err;
  EXPECT_THAT(open.out, HasSubstr("wants \"admin\", got a header that is not known"));
  EXPECT_THAT(open.out, HasSubstr("unknown: header x-role"));
  EXPECT_THAT(open.out, HasSubstr("no patch: "));
  EXPECT_THAT(open.out, Not(HasSubstr("+++")));
  EXPECT_EQ(explain({"--header", "x-role: admin"}).exit_code, kExitYes);
  const CommandRun other = explain({"--header", "x-role: guest"});
  EXPECT_THAT(other.out, HasSubstr("got guest"));
  EXPECT_THAT(other.out, HasSubstr("+++"));
  EXPECT_EQ(explain({"--method", "GET"}).exit_code, kExitUsage);
}

TEST_F(PolicyExplain, BytesOfAFileDoNotReachTheTerminal) {
  const CommandRun run = Explain({"--from", "orders", "--to", "payments", "--port", "8080",
                                  "--header", "x-env: a\x1b[31m", "--path", "/"});
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace firebreak::cli
