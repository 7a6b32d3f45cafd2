// What a quarantine does to decisions. Who is quarantined is quarantine/quarantine_test.cc's.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "policy/authorizer.h"
#include "policy/testing.h"

namespace firebreak::policy {
namespace {

constexpr char kOrders[] = "td/ns/shop/sa/orders";
constexpr char kPayments[] = "td/ns/shop/sa/payments";
constexpr char kForensics[] = "td/ns/ops/sa/forensics";

class QuarantineTest : public ::testing::Test {
 protected:
  QuarantineTest() {
    const std::string outbound = PolicyText("out", "direction: OUTBOUND", "  - {}");
    authorizer_.SetPolicy(MustLoad(absl::StrCat(PolicyText("all", "", "  - {}"), outbound)));
  }
  void Hold(const std::string& identity, QuarantineMode mode) {
    authorizer_.SetQuarantine(std::make_shared<const quarantine::Quarantine>(
        std::vector<quarantine::Entry>{{.identity = identity,
                                        .mode = mode,
                                        .until = Question().now + absl::Hours(1),
                                        .reason = "SHOP-7",
                                        .allow = {kForensics}}}));
  }
  Decision Ask(const Question& question) { return Decide(authorizer_, question); }
  Reason ReasonFor(Question question, const http::Request& request) {
    question.http = request;
    return Ask(question).reason;
  }

  Authorizer authorizer_{nullptr, 1};
};

TEST_F(QuarantineTest, IsolatesEitherEndInBothDirections) {
  for (const char* held : {kOrders, kPayments}) {
    Hold(held, QuarantineMode::kIsolate);
    for (const Direction direction : {Direction::kInbound, Direction::kOutbound}) {
      for (const Carries carries : {Carries::kBytes, Carries::kRequests}) {
        const Decision decision =
            Ask({.from = kOrders, .to = kPayments, .direction = direction, .carries = carries});
        EXPECT_FALSE(decision.allowed);
        EXPECT_EQ(decision.reason, Reason::kQuarantined);
        EXPECT_EQ(decision.quarantine, QuarantineMode::kIsolate);
        ASSERT_NE(decision.rule, nullptr);
        EXPECT_EQ(decision.rule->rule, held);
        EXPECT_EQ(decision.rule->reason, "SHOP-7");
      }
      EXPECT_EQ(ReasonFor({.from = kOrders, .to = kPayments, .direction = direction}, Get("/")),
                Reason::kQuarantined);
    }
  }
}

TEST_F(QuarantineTest, TouchesNobodyElse) {
  Hold(kOrders, QuarantineMode::kIsolate);
  const Decision decision = Ask({.from = "td/ns/shop/sa/web", .to = kPayments});
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.quarantine, QuarantineMode::kNone);
  EXPECT_TRUE(Ask({.from = "", .to = kPayments}).allowed);
}

TEST_F(QuarantineTest, ReadonlyLetsSafeRequestsThroughAndNoBytes) {
  Hold(kOrders, QuarantineMode::kReadonly);
  const Question question{.from = kOrders, .to = kPayments};
  EXPECT_EQ(Ask(question).reason, Reason::kQuarantined) << "nobody knows what bytes do";
  EXPECT_TRUE(Ask({.from = kOrders, .to = kPayments, .carries = Carries::kRequests}).allowed);
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    EXPECT_EQ(ReasonFor(question, policy::Ask(method, "/a")), Reason::kNone) << method;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "CONNECT", "get", "X"}) {
    EXPECT_EQ(ReasonFor(question, policy::Ask(method, "/a")), Reason::kQuarantined) << method;
  }
  EXPECT_EQ(ReasonFor(question, Call("/shop.Ledger/Read")), Reason::kQuarantined);
}

TEST_F(QuarantineTest, ReadonlyIsNotFooledByARequestThatTurnsIntoSomethingElse) {
  Hold(kOrders, QuarantineMode::kReadonly);
  const Question question{.from = kOrders, .to = kPayments};
  http::Request upgrade = Get("/chat");
  upgrade.upgrade = http::Upgrade::kWebsocket;
  EXPECT_EQ(ReasonFor(question, upgrade), Reason::kQuarantined);
  EXPECT_EQ(ReasonFor(question, Get("/a", {{"x-http-method-override", "DELETE"}})),
            Reason::kQuarantined);
}

TEST_F(QuarantineTest, ObserveMarksAndDecidesNothing) {
  Hold(kOrders, QuarantineMode::kObserve);
  const Decision allowed = Ask({.from = kOrders, .to = kPayments});
  EXPECT_TRUE(allowed.allowed);
  EXPECT_EQ(allowed.quarantine, QuarantineMode::kObserve);
  EXPECT_EQ(allowed.rule->policy, "all") << "the rule that decided is named";
}

TEST_F(QuarantineTest, AllowsNobodyWhomPolicyDenies) {
  Hold(kOrders, QuarantineMode::kIsolate);
  EXPECT_TRUE(Ask({.from = kForensics, .to = kOrders}).allowed);
  authorizer_.SetPolicy(nullptr);
  const Decision decision = Ask({.from = kForensics, .to = kOrders});
  EXPECT_EQ(decision.reason, Reason::kNoRule);
  EXPECT_EQ(decision.quarantine, QuarantineMode::kObserve);
}

TEST_F(QuarantineTest, UsesNothingUp) {
  authorizer_.SetPolicy(MustLoad(PolicyText("once", "", "  - {max_uses: 1}")));
  Hold(kOrders, QuarantineMode::kIsolate);
  const Question question{.from = kOrders, .to = kPayments, .takes_use = true};
  EXPECT_EQ(Ask(question).reason, Reason::kQuarantined);
  authorizer_.SetQuarantine(nullptr);
  EXPECT_TRUE(Ask(question).allowed);
}

TEST_F(QuarantineTest, EndsByItself) {
  Hold(kOrders, QuarantineMode::kIsolate);
  Question question{.from = kOrders, .to = kPayments};
  question.now += absl::Hours(1);
  EXPECT_TRUE(Ask(question).allowed);
}

}  // namespace
}  // namespace firebreak::policy
