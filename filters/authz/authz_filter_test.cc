#include "filters/authz/authz_filter.h"

#include <gtest/gtest.h>

#include "base/simulated_clock.h"
#include "config/diagnostics.h"
#include "policy/loader.h"

namespace firebreak::filters {
namespace {

constexpr char kPolicy[] = R"(
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: in, namespace: shop}
spec:
  action: ALLOW
  rules:
  - name: orders-may
    from: [{source: {principals: ["shop.example/ns/shop/sa/orders"]}}]
    to: [{operation: {ports: ["8080"]}}]
---
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {name: out, namespace: shop}
spec:
  direction: OUTBOUND
  action: ALLOW
  rules:
  - name: to-ledger
    to: [{destination: {principals: ["shop.example/ns/shop/sa/ledger"]}}]
)";

certs::SpiffeId Id(absl::string_view account) {
  return *certs::SpiffeId::ParsePrincipal(absl::StrCat("shop.example/ns/shop/sa/", account));
}

certs::PeerIdentityPtr Peer(absl::string_view account) {
  return std::make_shared<const certs::PeerIdentity>(
      certs::PeerIdentity{.id = Id(account),
                          .principal = nullptr,
                          .serial_hex = {},
                          .not_before = absl::InfinitePast(),
                          .not_after = absl::InfiniteFuture(),
                          .chain_sha256 = {},
                          .leaf_sha256_hex = {},
                          .chain_der = {}});
}

class AuthzFilterTest : public testing::Test {
 protected:
  AuthzFilterTest() { authorizer_.SetPolicy(Load(kPolicy)); }

  std::shared_ptr<const policy::PolicySet> Load(absl::string_view text) {
    config::Diagnostics diagnostics;
    auto set = policy::LoadPolicyText("policy.yaml", text,
                                      {.workload_namespace = "shop", .labels = {}}, &diagnostics);
    EXPECT_NE(set, nullptr) << diagnostics.Format(false);
    return set;
  }

  Connection Inbound(absl::string_view account) {
    Connection connection;
    connection.peer = Peer(account);
    connection.record.destination.port = 8080;
    connection.record.protocol = flows::Protocol::kTcp;
    return connection;
  }

  Connection Outbound(const std::vector<certs::SpiffeId>& expected) {
    Connection connection;
    connection.record.direction = Direction::kOutbound;
    connection.record.destination.port = 15006;
    connection.record.protocol = flows::Protocol::kTcp;
    connection.expected = std::make_shared<const std::vector<certs::SpiffeId>>(expected);
    return connection;
  }

  SimulatedClock clock_;
  policy::Authorizer authorizer_{nullptr, 1};
  AuthzFilter filter_{authorizer_, clock_};
};

TEST_F(AuthzFilterTest, AllowedPeerGetsAPermitAndItsRuleIsNoted) {
  Connection connection = Inbound("orders");
  EXPECT_EQ(filter_.OnConnect(connection), Step::kContinue);
  EXPECT_TRUE(connection.permit.has_value());
  EXPECT_EQ(connection.record.verdict, Verdict::kForwarded);
  EXPECT_EQ(connection.record.rule->rule, "orders-may");
  EXPECT_FALSE(connection.record.decision_id.empty());
}

TEST_F(AuthzFilterTest, RefusedPeerGetsNoPermitAndAReason) {
  Connection connection = Inbound("web");
  EXPECT_EQ(filter_.OnConnect(connection), Step::kClose);
  EXPECT_FALSE(connection.permit.has_value());
  EXPECT_EQ(connection.record.verdict, Verdict::kDropped);
  EXPECT_EQ(connection.record.reason, Reason::kNoRule);
  EXPECT_EQ(connection.record.close_reason, flows::CloseReason::kDenied);
}

TEST_F(AuthzFilterTest, PolicyChangeUnderALiveConnectionRefusesItAsSuch) {
  Connection connection = Inbound("orders");
  ASSERT_EQ(filter_.OnConnect(connection), Step::kContinue);
  EXPECT_EQ(filter_.OnRecheck(connection), Step::kContinue);
  authorizer_.SetPolicy(nullptr);
  EXPECT_EQ(filter_.OnRecheck(connection), Step::kClose);
  EXPECT_EQ(connection.record.reason, Reason::kPolicyChanged);
  EXPECT_FALSE(connection.permit.has_value());
}

TEST_F(AuthzFilterTest, OutboundMayConnectWhenOneExpectedIdentityIsAllowed) {
  Connection connection = Outbound({Id("stranger"), Id("ledger")});
  EXPECT_EQ(filter_.OnConnect(connection), Step::kContinue);
}

TEST_F(AuthzFilterTest, OutboundIsAskedAgainAboutWhoAnswered) {
  Connection connection = Outbound({Id("stranger"), Id("ledger")});
  ASSERT_EQ(filter_.OnConnect(connection), Step::kContinue);
  connection.peer = Peer("stranger");
  EXPECT_EQ(filter_.OnEstablished(connection), Step::kClose);
  EXPECT_FALSE(connection.permit.has_value());
  EXPECT_EQ(connection.record.verdict, Verdict::kDropped);
}

TEST_F(AuthzFilterTest, OutboundWithNobodyAllowedIsRefusedBeforeConnecting) {
  Connection connection = Outbound({Id("stranger")});
  EXPECT_EQ(filter_.OnConnect(connection), Step::kClose);
  EXPECT_EQ(connection.record.reason, Reason::kNoRule);
  EXPECT_EQ(*connection.record.detail, "expected shop.example/ns/shop/sa/stranger");
}

TEST_F(AuthzFilterTest, OutboundWhatMayBeHttpIsRefusedAndGoesOnToHearSo) {
  for (const flows::Protocol protocol : {flows::Protocol::kUnknown, flows::Protocol::kHttp1}) {
    Connection connection = Outbound({Id("stranger")});
    connection.record.protocol = protocol;
    EXPECT_EQ(filter_.OnConnect(connection), Step::kContinue);
    EXPECT_EQ(connection.record.verdict, Verdict::kDropped);
    EXPECT_EQ(connection.record.reason, Reason::kNoRule);
    EXPECT_FALSE(connection.permit.has_value());
    connection.record.protocol = flows::Protocol::kHttp1;
    EXPECT_EQ(filter_.OnProtocol(connection), Step::kContinue);
    EXPECT_EQ(filter_.OnRecheck(connection), Step::kClose);
  }
}

TEST_F(AuthzFilterTest, OutboundWhatWasRefusedStaysSoWhenItTurnsOutToBeBytes) {
  Connection connection = Outbound({Id("stranger")});
  connection.record.protocol = flows::Protocol::kUnknown;
  ASSERT_EQ(filter_.OnConnect(connection), Step::kContinue);
  connection.record.protocol = flows::Protocol::kTcp;
  EXPECT_EQ(filter_.OnProtocol(connection), Step::kClose);
  EXPECT_EQ(connection.record.verdict, Verdict::kDropped);
  EXPECT_EQ(connection.record.reason, Reason::kNoRule);
}

}  // namespace
}  // namespace firebreak::filters
