#include "cli/policy_reach_command.h"

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

constexpr char kShop[] = R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: orders-in, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  rules:
  - name: web-may-order
    from: [{source: {principals: ["td/ns/shop/sa/web"]}}]
    to: [{operation: {ports: ["8080"]}}]
---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: payments-in, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - name: orders-may-charge
    from: [{source: {principals: ["td/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"], methods: ["POST"], paths: ["/v1/charges/{*}"]}}]
  - name: ops
    from: [{source: {namespaces: ["ops"]}}]
    to: [{operation: {ports: ["8080"], methods: ["DELETE"]}}]
---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: no-deletes, namespace: shop}
spec:
  action: DENY
  selector: {matchLabels: {app: payments}}
  rules:
  - name: no-deletes
    from: [{source: {notPrincipals: ["td/ns/ops/sa/janitor"]}}]
    to: [{operation: {protocols: ["HTTP"], methods: ["DELETE"]}}]
)";

class PolicyReach : public ::testing::Test {
 protected:
  PolicyReach() : policy_(folder_.Write("shop.yaml", kShop)) {}

  CommandRun Policy(std::vector<std::string> args) const {
    args.insert(args.begin(), "policy");
    args.push_back(policy_);
    return RunForTest(args);
  }

  tests::TempFolder folder_;
  std::string policy_;
};

TEST_F(PolicyReach, CanIsExactAboutARequest) {
  const std::vector<std::string> post = {"--port", "8080",   "--method",
                                         "POST",   "--path", "/v1/charges/7"};
  const auto can = [this](const std::string& who, std::vector<std::string> rest) {
    rest.insert(rest.begin(), {"can", who, "payments"});
    rest.emplace_back("--workloads");
    rest.push_back(folder_.Write("inventory.txt",
                                 "workloads: [{name: payments, namespace: shop, "
                                 "labels: {app: payments}}]\n"));
    return Policy(rest);
  };
  EXPECT_EQ(can("td/ns/shop/sa/orders", post).exit_code, kExitYes);
  EXPECT_EQ(can("td/ns/shop/sa/web", post).exit_code, kExitNo);
  EXPECT_EQ(can("td/ns/shop/sa/orders", {"--port", "8081"}).exit_code, kExitNo);
  EXPECT_EQ(can("10.0.0.1", post).exit_code, kExitNo);
}

TEST_F(PolicyReach, CanWithNothingSaidIsAnythingAtAll) {
  const CommandRun yes = Policy({"can", "orders", "payments"});
  EXPECT_EQ(yes.exit_code, kExitYes) << yes.err;
  EXPECT_THAT(yes.out, HasSubstr("yes\n"));
  EXPECT_THAT(yes.out, HasSubstr("shop/payments-in orders-may-charge"));
  const CommandRun no = Policy({"can", "web", "payments"});
  EXPECT_EQ(no.exit_code, kExitNo);
  EXPECT_EQ(no.out, "no\n");
}

// The DENY rule leaves one identity of the namespace that the ALLOW rule names.
TEST_F(PolicyReach, CanFindsTheOneWhomADenyLeaves) {
  EXPECT_EQ(Policy({"can", "td/ns/ops/sa/janitor", "payments"}).exit_code, kExitYes);
  EXPECT_EQ(Policy({"can", "td/ns/ops/sa/anna", "payments"}).exit_code, kExitNo);
}

TEST_F(PolicyReach, WhoCanNamesPatternsAndExceptions) {
  const CommandRun run = Policy({"who-can", "payments"});
  EXPECT_EQ(run.exit_code, kExitYes) << run.err;
  EXPECT_THAT(run.out, HasSubstr("principals: [\"td/ns/shop/sa/orders\"]"));
  EXPECT_THAT(run.out, HasSubstr("namespaces: [\"ops\"]"));
  EXPECT_THAT(run.out, HasSubstr("shop/no-deletes no-deletes"));
  const CommandRun get = Policy({"who-can", "payments", "--method", "GET"});
  EXPECT_EQ(get.exit_code, kExitNo);
  EXPECT_EQ(get.out, "nobody\n");
}

TEST_F(PolicyReach, ReachFollowsIdentities) {
  const CommandRun one = Policy({"reach", "web"});
  EXPECT_THAT(one.out, HasSubstr("`-- shop/orders"));
  EXPECT_THAT(one.out, Not(HasSubstr("shop/payments")));
  const CommandRun all = Policy({"reach", "web", "--transitive"});
  EXPECT_EQ(all.exit_code, kExitYes);
  EXPECT_THAT(all.out, HasSubstr("shop/web\n`-- shop/orders  ports: [\"8080\"]"));
  EXPECT_THAT(all.out, HasSubstr("    `-- shop/payments"));
  EXPECT_THAT(all.out, HasSubstr("in 2 steps"));
  const CommandRun dot = Policy({"reach", "web", "--transitive", "-o", "dot"});
  EXPECT_THAT(dot.out, HasSubstr("\"shop/orders\" -> \"shop/payments\";"));
  const CommandRun json = Policy({"reach", "web", "--transitive", "-o", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("path":["shop/web","shop/orders","shop/payments"])"));
}

TEST_F(PolicyReach, WhatCannotBeSearchedIsUnknownAndNotNo) {
  const std::string policy = folder_.Write("lists.yaml", R"(apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: lists, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - from: [{source: {principals: ["td/ns/shop/sa/web"]}}]
    when: [{key: "request.headers[x-a]", values: ["a,*"]}]
)");
  const CommandRun can = RunForTest({"policy", "can", "web", "payments", policy});
  EXPECT_EQ(can.exit_code, kExitUsage);
  EXPECT_THAT(can.out, HasSubstr("unknown: request.headers[x-a]"));
  const CommandRun json = RunForTest({"policy", "who-can", "payments", policy, "-o", "json"});
  EXPECT_THAT(json.out, Not(HasSubstr("\"allowed\"")));
  const CommandRun reach = RunForTest({"policy", "reach", "web", policy});
  EXPECT_EQ(reach.exit_code, kExitUsage);
  EXPECT_THAT(reach.err, HasSubstr("unknown: shop/web to shop/payments: "));
}

TEST_F(PolicyReach, SaysWhichPortIsLeftOpenWhereNoInventorySaysIt) {
  const std::string policy = folder_.Write("both.yaml", std::string(kShop) + R"(---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: orders-out, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  direction: OUTBOUND
  rules: [{to: [{destination: {ports: ["9443"]}}]}]
)");
  const auto can = [&](const std::string& inventory) {
    return RunForTest({"policy", "can", "orders", "payments", policy, "--port", "8080",
                       "--workloads", folder_.Write("inventory.txt", inventory)});
  };
  const std::string known =
      "workloads:\n- {name: orders, namespace: shop, labels: {app: orders}, principal: "
      "td/ns/shop/sa/orders}\n- {name: payments, namespace: shop, labels: {app: payments}, "
      "principal: td/ns/shop/sa/payments";
  const CommandRun open = can(known + "}\n");
  EXPECT_EQ(open.exit_code, kExitYes) << open.err;
  EXPECT_THAT(open.err, HasSubstr("where callers connect to is not known"));
  const CommandRun closed = can(known + ", ports: [{app: 8080, sidecar: 9443}]}\n");
  EXPECT_EQ(closed.exit_code, kExitYes) << closed.err;
  EXPECT_THAT(closed.err, Not(HasSubstr("is not known")));
  EXPECT_EQ(can(known + ", ports: [{app: 8080, sidecar: 8080}]}\n").exit_code, kExitNo);
  EXPECT_EQ(can(known + ", ports: [{app: 8080}]}\n").exit_code, kExitUsage);
}

TEST_F(PolicyReach, WhoIsNotKnownIsBadUsage) {
  EXPECT_EQ(Policy({"reach", "nobody"}).exit_code, kExitUsage);
  EXPECT_EQ(Policy({"can", "nobody", "payments"}).exit_code, kExitUsage);
  EXPECT_EQ(Policy({"who-can", "nobody"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
