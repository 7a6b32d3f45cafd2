#include "bench/load/histogram.h"

#include "gtest/gtest.h"

namespace firebreak::bench {
namespace {

TEST(LatencyHistogramTest, ReadsBackEveryMagnitudeWithinTwoPercent) {
  for (uint64_t value = 1; value < uint64_t{1} << 40; value = value * 3 + 1) {
    LatencyHistogram histogram;
    histogram.Record(value);
    const uint64_t read = histogram.Quantile(0.5);
    EXPECT_LE(read, value);
    EXPECT_GE(static_cast<double>(read), static_cast<double>(value) * 0.98) << value;
  }
}

TEST(LatencyHistogramTest, QuantilesOfAUniformSpread) {
  LatencyHistogram histogram;
  for (uint64_t value = 1; value <= 1000; ++value) histogram.Record(value * 1000);
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.5)), 500e3, 10e3);
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.99)), 990e3, 20e3);
  EXPECT_EQ(histogram.count(), 1000u);
}

TEST(LatencyHistogramTest, EmptyIsZeroAndHugeIsClamped) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0u);
  histogram.Record(UINT64_MAX);
  EXPECT_GT(histogram.Quantile(0.5), uint64_t{1} << 40);
}

}  // namespace
}  // namespace firebreak::bench
