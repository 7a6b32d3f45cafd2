#include "filters/flow_log/flow_log_filter.h"

#include <gtest/gtest.h>

#include "base/simulated_clock.h"
#include "flows/testing.h"

namespace firebreak::filters {
namespace {

class FlowLogFilterTest : public testing::Test {
 protected:
  Connection NewConnection() {
    Connection connection;
    connection.accepted_at = clock_.MonoNow();
    return connection;
  }

  SimulatedClock clock_;
  flows::Ring ring_{8};
  flows::Record record_;
  uint64_t dropped_ = 0;
};

TEST_F(FlowLogFilterTest, ConnectionThatNobodyExplainedIsLoggedAsInternalDeny) {
  FlowLogFilter filter(ring_, clock_, {});
  Connection connection = NewConnection();
  filter.OnEnd(connection);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kClose);
  EXPECT_EQ(record_.verdict, Verdict::kDropped);
  EXPECT_EQ(record_.reason, Reason::kInternal);
}

TEST_F(FlowLogFilterTest, OpenRecordOnlyWhereAskedFor) {
  FlowLogFilter quiet(ring_, clock_, {});
  FlowLogFilter wordy(ring_, clock_, {.open_records = true});
  Connection connection = NewConnection();
  quiet.OnEstablished(connection);
  EXPECT_FALSE(Pop(ring_, &record_, &dropped_));
  wordy.OnEstablished(connection);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kOpen);
}

TEST_F(FlowLogFilterTest, FirstRefusalStandsAndDurationIsMeasured) {
  FlowLogFilter filter(ring_, clock_, {});
  Connection connection = NewConnection();
  clock_.Advance(absl::Milliseconds(1500));
  connection.Refuse(Verdict::kDropped, Reason::kNoRule, flows::CloseReason::kDenied);
  connection.Refuse(Verdict::kError, Reason::kUpstreamFailure, flows::CloseReason::kUpstreamReset);
  connection.Close(flows::CloseReason::kDownstreamFin);
  filter.OnEnd(connection);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.reason, Reason::kNoRule);
  EXPECT_EQ(record_.close_reason, flows::CloseReason::kDenied);
  EXPECT_EQ(record_.duration_us, 1'500'000);
}

TEST_F(FlowLogFilterTest, WhatLivesOnTellsItsTotalsAndWhatIsNew) {
  FlowLogFilter filter(ring_, clock_, {});
  Connection connection = NewConnection();
  connection.record.verdict = Verdict::kForwarded;
  connection.record.bytes_sent = 100;
  clock_.Advance(absl::Seconds(60));
  filter.OnPeriodic(connection);
  connection.record.bytes_sent = 130;
  connection.record.bytes_received = 7;
  clock_.Advance(absl::Seconds(61));
  filter.OnPeriodic(connection);
  clock_.Advance(absl::Seconds(1));
  filter.OnEnd(connection);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kPeriodic);
  EXPECT_EQ(record_.verdict, Verdict::kForwarded);
  EXPECT_EQ(record_.bytes_sent, 100U);
  EXPECT_EQ(record_.interval.bytes_sent, 100U) << "the first counts from the beginning";
  EXPECT_EQ(record_.interval.duration_us, 60'000'000);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kPeriodic);
  EXPECT_EQ(record_.bytes_sent, 130U);
  EXPECT_EQ(record_.duration_us, 121'000'000);
  EXPECT_EQ(record_.interval.bytes_sent, 30U);
  EXPECT_EQ(record_.interval.bytes_received, 7U);
  EXPECT_EQ(record_.interval.duration_us, 61'000'000);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kClose);
  EXPECT_EQ(record_.bytes_sent, 130U) << "the totals, whatever was told before";
}

TEST_F(FlowLogFilterTest, FindingsAreToldOnceHoweverLongItLives) {
  FlowLogFilter filter(ring_, clock_, {});
  Connection connection = NewConnection();
  connection.record.inspection = std::make_shared<const flows::InspectionInfo>();
  filter.OnPeriodic(connection);
  filter.OnEnd(connection);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.inspection, nullptr);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_NE(record_.inspection, nullptr);
}

}  // namespace
}  // namespace firebreak::filters
