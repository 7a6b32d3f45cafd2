#include "filters/inspect/learned_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/simulated_clock.h"
#include "filters/inspect/stream_filter.h"
#include "inspect/baseline/baseline.h"

namespace firebreak::filters {
namespace {

using config::StreamAction;
using inspect::BaselineState;
using inspect::Protocol;
using ::testing::HasSubstr;

constexpr absl::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr absl::string_view kPong = "+PONG\r\n";
constexpr absl::string_view kSsh = "SSH-2.0-OpenSSH_9.2p1\r\n";
constexpr absl::string_view kWhy = "`redis` on this edge in 300 of 300 connections, now `ssh`";

// Connection after connection to a listener that learns or judges.
class LearnedProtocolTest : public ::testing::Test {
 protected:
  LearnedProtocolTest() { live_.baselines[0] = BaselinePort(queue_.get()); }

  struct Talk {
    std::string client;
    std::string server;
    std::string principal = "shop/ns/web/sa/orders";
    Verdict verdict = Verdict::kForwarded;
  };
  struct Result {
    Step step = Step::kContinue;
    std::string reached;  // the server
    flows::Record record;
  };

  Result Speak(const Talk& talk) {
    auto plan = std::make_shared<InspectionPlan>();
    plan->listeners.push_back(plan_);
    StreamFilter filter(plan, clock_, live_);
    Connection connection;
    connection.record.verdict = talk.verdict;
    connection.record.reason = Reason::kNone;
    connection.record.source.principal = std::make_shared<const std::string>(talk.principal);
    EXPECT_EQ(filter.OnEstablished(connection), Step::kContinue);
    Result result;
    for (const char c : talk.client) {  // however it is cut
      result.step = filter.OnBytes(connection, Towards::kUpstream, absl::string_view(&c, 1));
      if (result.step == Step::kClose) break;
      result.reached += c;
    }
    if (result.step == Step::kContinue && !talk.server.empty()) {
      result.step = filter.OnBytes(connection, Towards::kDownstream, talk.server);
    }
    filter.OnEnd(connection);
    result.record = connection.record;
    return result;
  }
  Result SpeakRedis() { return Speak({std::string(kPing), std::string(kPong)}); }
  Result SpeakSsh() { return Speak({std::string(kSsh), std::string(kSsh)}); }

  size_t Learned() {
    inspect::SpokenSample connection;
    size_t count = 0;
    while (queue_->Pop(connection)) {
      ++count;
      last_ = connection;
      baseline_->Learn(connection);
    }
    return count;
  }
  // A baseline of 300 connections is in force.
  void PutInForce(BaselineState state) {
    for (int i = 0; i < 300; ++i) {
      SpeakRedis();
      ASSERT_EQ(Learned(), 1U);
    }
    ASSERT_TRUE(baseline_->SetState(state).ok());
    live_.baselines[0].PutInForce(baseline_);
  }

  static ListenerPlan PlanOf(StreamAction action) {
    ListenerPlan plan;
    plan.orders.streams = action;
    return plan;
  }

  SimulatedClock clock_;
  ListenerPlan plan_ = PlanOf(StreamAction::kReset);
  std::shared_ptr<inspect::Baseline> baseline_ = std::make_shared<inspect::Baseline>(
      inspect::BaselineLimits{.least_samples = 100, .least_learning = absl::ZeroDuration()},
      clock_);
  std::unique_ptr<inspect::ObservationQueue> queue_ = std::make_unique<inspect::ObservationQueue>();
  LiveInspection live_{.baselines = BaselinePorts(1)};
  inspect::SpokenSample last_;
};

TEST_F(LearnedProtocolTest, EndsAnotherProtocolThanWasLearnedBeforeItsLastByteArrives) {
  PutInForce(BaselineState::kEnforce);
  const Result result = Speak({"GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""});
  EXPECT_EQ(result.step, Step::kClose);
  EXPECT_THAT(result.reached, Not(HasSubstr("\r\n\r\n")));
  EXPECT_EQ(result.record.reason, Reason::kInspection);
  ASSERT_NE(result.record.inspection, nullptr);
  EXPECT_TRUE(result.record.inspection->blocked);
  EXPECT_EQ(result.record.inspection->score, 5U);
  const flows::InspectionMatch& match = result.record.inspection->matches.at(0);
  EXPECT_EQ(match.id, "FBI-BASE-001");
  EXPECT_EQ(match.category, "baseline");
  EXPECT_EQ(match.field, "stream");
  EXPECT_EQ(match.excerpt, "`redis` on this edge in 300 of 300 connections, now `http1`");
  EXPECT_EQ(*result.record.detail, "FBI-BASE-001: " + match.excerpt);
  EXPECT_EQ(SpeakRedis().record.inspection, nullptr);
}

TEST_F(LearnedProtocolTest, AFrozenBaselineIsForAReviewAndCountsForNothing) {
  PutInForce(BaselineState::kFreeze);
  const Result result = Speak({"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"});
  EXPECT_EQ(result.step, Step::kContinue);
  ASSERT_NE(result.record.inspection, nullptr);
  EXPECT_EQ(result.record.inspection->score, 0U);
  EXPECT_EQ(result.record.inspection->matches.at(0).id, "FBI-BASE-002");
}

TEST_F(LearnedProtocolTest, DetectWritesDownAndLetsPass) {
  PutInForce(BaselineState::kEnforce);
  plan_ = PlanOf(StreamAction::kDetect);
  const Result result = SpeakSsh();
  EXPECT_EQ(result.step, Step::kContinue);
  EXPECT_FALSE(result.record.inspection->blocked);
  const flows::InspectionMatch& match = result.record.inspection->matches.at(0);
  EXPECT_EQ(match.id, "FBI-BASE-001");
  EXPECT_EQ(match.excerpt, kWhy);
}

TEST_F(LearnedProtocolTest, WhatIsDeclaredIsMeantWhateverWasSpokenBefore) {
  PutInForce(BaselineState::kEnforce);
  plan_.orders.declared = Protocol::kSsh;
  EXPECT_EQ(SpeakSsh().record.inspection, nullptr);
}

TEST_F(LearnedProtocolTest, AnotherSourceIsAnotherEdge) {
  PutInForce(BaselineState::kEnforce);
  plan_ = PlanOf(StreamAction::kDetect);
  const Result other = Speak({std::string(kSsh), std::string(kSsh), "shop/ns/ops/sa/admin"});
  for (const auto& match : other.record.inspection->matches) EXPECT_NE(match.id, "FBI-BASE-001");
}

TEST_F(LearnedProtocolTest, BytesOfNoProtocolDeviateOnceBothSidesHaveSaidEnough) {
  PutInForce(BaselineState::kEnforce);
  const std::string ours(300, '\x7f');
  EXPECT_EQ(Speak({ours.substr(0, 20), ""}).record.inspection, nullptr);
  const Result result = Speak({ours, ours});
  EXPECT_EQ(result.step, Step::kClose);
  EXPECT_THAT(*result.record.detail, HasSubstr("now `unknown`"));
}

TEST_F(LearnedProtocolTest, LearnsBytesOfNoProtocolAsAClassOfTheirOwn) {
  const std::string ours(300, '\x7f');
  Speak({ours, ours});
  EXPECT_EQ(Learned(), 1U);
  EXPECT_EQ(last_.protocol, Protocol::kUnknown);
}

TEST_F(LearnedProtocolTest, WhatIsTooShortToSayIsNoSample) {
  Speak({"", ""});
  Speak({"ab", ""});
  Speak({"\x16", "\x16"});
  EXPECT_EQ(Learned(), 0U);
}

TEST_F(LearnedProtocolTest, WhatIsNotAnsweredOrNotAnsweredInKindTeachesNothing) {
  Speak({std::string(kPing), ""});
  Speak({std::string(kPing), "HTTP/1.1 400 Bad Request\r\n\r\n"});
  Speak({"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "-ERR unknown command\r\n"});
  EXPECT_EQ(Learned(), 0U);
}

TEST_F(LearnedProtocolTest, WhatWasRefusedOrFoundTeachesNothing) {
  SpeakSsh();  // a shell where none was declared
  plan_ = PlanOf(StreamAction::kDetect);
  SpeakSsh();
  Speak({std::string(kPing), std::string(kPong), "shop/ns/web/sa/orders", Verdict::kDropped});
  EXPECT_EQ(Learned(), 0U);
  plan_.orders.declared = Protocol::kSsh;
  SpeakSsh();
  EXPECT_EQ(Learned(), 1U);
}

TEST_F(LearnedProtocolTest, NothingIsLearnedOnceItIsInForceOrWhereNothingIsLearned) {
  PutInForce(BaselineState::kEnforce);
  SpeakRedis();
  EXPECT_EQ(Learned(), 0U);
  live_.baselines[0] = BaselinePort();
  SpeakRedis();
  EXPECT_EQ(queue_->dropped(), 0U);
}

}  // namespace
}  // namespace firebreak::filters
