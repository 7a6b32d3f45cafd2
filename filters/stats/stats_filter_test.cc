#include "filters/stats/stats_filter.h"

#include <gtest/gtest.h>

#include "filters/stats/stats_http_filter.h"

namespace firebreak::filters {
namespace {

TEST(StatsFilterTest, CountsEachEndOnceUnderItsReason) {
  ConnectionStats stats;
  StatsFilter filter(stats);
  Connection refused;
  refused.Refuse(Verdict::kDropped, Reason::kNoRule, flows::CloseReason::kDenied);
  filter.OnEnd(refused);
  Connection served;
  served.record.direction = Direction::kOutbound;
  filter.OnEstablished(served);
  served.record.verdict = Verdict::kForwarded;
  served.record.reason = Reason::kNone;
  served.record.bytes_sent = 7;
  filter.OnEnd(served);
  EXPECT_EQ(stats.ended[0][static_cast<int>(Verdict::kDropped)][static_cast<int>(Reason::kNoRule)],
            1U);
  EXPECT_EQ(stats.ended[1][static_cast<int>(Verdict::kForwarded)][0], 1U);
  EXPECT_EQ(stats.opened[0], 0U);
  EXPECT_EQ(stats.opened[1], 1U);
  EXPECT_EQ(stats.bytes_sent[1], 7U);
}

TEST(StatsHttpFilterTest, CountsEachRequestOnceUnderTheClassOfItsStatus) {
  RequestStats stats;
  StatsHttpFilter filter(stats);
  Connection connection;
  for (const int status : {0, 204, 299, 999}) {
    HttpExchange exchange(connection);
    exchange.record.http->status = status;
    filter.OnEnd(exchange);
  }
  EXPECT_EQ(stats.answered[0][0], 1U);
  EXPECT_EQ(stats.answered[0][2], 2U);
  EXPECT_EQ(stats.answered[0][5], 1U);
  EXPECT_EQ(
      stats.ended[0][static_cast<int>(Verdict::kDropped)][static_cast<int>(Reason::kInternal)], 4U);
}

}  // namespace
}  // namespace firebreak::filters
