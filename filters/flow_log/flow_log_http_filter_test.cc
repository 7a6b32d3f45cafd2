#include "filters/flow_log/flow_log_http_filter.h"

#include <gtest/gtest.h>

#include "base/simulated_clock.h"
#include "flows/testing.h"

namespace firebreak::filters {
namespace {

class FlowLogHttpFilterTest : public testing::Test {
 protected:
  FlowLogHttpFilterTest() {
    exchange_.began_at = clock_.MonoNow();
    exchange_.record.http->method = "GET";
    exchange_.states.push_back(filter_.NewState(exchange_));
  }

  SimulatedClock clock_;
  flows::Ring ring_{8};
  FlowLogHttpFilter filter_{ring_, clock_};
  Connection connection_;
  HttpExchange exchange_{connection_};
  flows::Record record_;
  uint64_t dropped_ = 0;
};

TEST_F(FlowLogHttpFilterTest, WhatLivesOnTellsItsTotalsAndWhatIsNew) {
  for (const uint64_t bytes : {1'000, 1'500}) {
    clock_.Advance(absl::Seconds(60));
    exchange_.record.http->response_bytes = bytes;
    filter_.OnPeriodic(exchange_);
  }
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kPeriodic);
  EXPECT_EQ(record_.http->method, "GET");
  EXPECT_EQ(record_.bytes_received, 1'000U);
  EXPECT_EQ(record_.interval.bytes_received, 1'000U);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.bytes_received, 1'500U);
  EXPECT_EQ(record_.duration_us, 120'000'000);
  EXPECT_EQ(record_.interval.bytes_received, 500U);
  EXPECT_EQ(record_.interval.duration_us, 60'000'000);
}

TEST_F(FlowLogHttpFilterTest, SharesNothingThatStillChanges) {
  exchange_.record.inspection = std::make_shared<const flows::InspectionInfo>();
  filter_.OnPeriodic(exchange_);
  exchange_.record.http->status = 200;
  exchange_.record.http->response_bytes = 7;
  filter_.OnEnd(exchange_);
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.http->status, 0);
  EXPECT_EQ(record_.http->response_bytes, 0U);
  EXPECT_EQ(record_.inspection, nullptr) << "findings are told once";
  ASSERT_TRUE(Pop(ring_, &record_, &dropped_));
  EXPECT_EQ(record_.event, flows::Event::kRequest);
  EXPECT_EQ(record_.http->status, 200);
  EXPECT_EQ(record_.bytes_received, 7U);
  EXPECT_NE(record_.inspection, nullptr);
}

}  // namespace
}  // namespace firebreak::filters
