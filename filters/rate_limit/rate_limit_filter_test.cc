#include "filters/rate_limit/rate_limit_filter.h"

#include <gtest/gtest.h>

#include "base/simulated_clock.h"

namespace firebreak::filters {
namespace {

class RateLimitFilterTest : public testing::Test {
 protected:
  std::unique_ptr<HttpExchange> Begin() {
    auto exchange = std::make_unique<HttpExchange>(connection_);
    exchange->states.push_back(filter_.NewState(*exchange));
    return exchange;
  }

  SimulatedClock clock_;
  Connection connection_;
  RateLimitFilter filter_{
      {{.principals = {}, .requests_per_second = 1, .burst = 2, .concurrent = 1}},
      /*workers=*/1,
      clock_};
};

TEST_F(RateLimitFilterTest, RefusalNamesTheLimitAndIsAnsweredWith429) {
  const auto first = Begin();
  EXPECT_EQ(filter_.OnRequest(*first), Step::kContinue);
  const auto second = Begin();
  EXPECT_EQ(filter_.OnRequest(*second), Step::kClose);
  EXPECT_EQ(second->refusal_status, 429);
  EXPECT_EQ(second->record.verdict, Verdict::kDropped);
  EXPECT_EQ(second->record.reason, Reason::kRateLimit);
  EXPECT_EQ(*second->record.detail, "concurrent");
  filter_.OnEnd(*second);
  filter_.OnEnd(*first);
  const auto third = Begin();
  EXPECT_EQ(filter_.OnRequest(*third), Step::kContinue);
  filter_.OnEnd(*third);
  const auto fourth = Begin();
  EXPECT_EQ(filter_.OnRequest(*fourth), Step::kClose);
  EXPECT_EQ(*fourth->record.detail, "requests_per_second");
  filter_.OnEnd(*fourth);
  clock_.Advance(absl::Seconds(1));
  const auto fifth = Begin();
  EXPECT_EQ(filter_.OnRequest(*fifth), Step::kContinue);
  filter_.OnEnd(*fifth);
}

TEST_F(RateLimitFilterTest, TheEndOfARefusedRequestGivesNoRoom) {
  const auto first = Begin();
  ASSERT_EQ(filter_.OnRequest(*first), Step::kContinue);
  for (int i = 0; i < 3; ++i) {
    const auto refused = Begin();
    EXPECT_EQ(filter_.OnRequest(*refused), Step::kClose);
    filter_.OnEnd(*refused);
  }
  filter_.OnEnd(*first);
}

TEST_F(RateLimitFilterTest, ARequestThatOthersRefusedEndsWithoutHavingBeenCounted) {
  for (int i = 0; i < 3; ++i) filter_.OnEnd(*Begin());
  const auto request = Begin();
  EXPECT_EQ(filter_.OnRequest(*request), Step::kContinue);
  filter_.OnEnd(*request);
}

TEST_F(RateLimitFilterTest, WhatThisWorkloadAsksOfOthersIsNotLimited) {
  connection_.record.direction = Direction::kOutbound;
  for (int i = 0; i < 10; ++i) {
    const auto request = Begin();
    EXPECT_EQ(filter_.OnRequest(*request), Step::kContinue);
    filter_.OnEnd(*request);
  }
}

}  // namespace
}  // namespace firebreak::filters
