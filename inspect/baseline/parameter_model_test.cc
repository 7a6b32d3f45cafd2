#include "inspect/baseline/parameter_model.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace firebreak::inspect {
namespace {

TEST(LengthModel, EachBucketBeginsBehindTheOneBefore) {
  for (size_t i = 0; i + 1 < LengthModel::kBuckets; ++i) {
    const uint64_t start = LengthModel::StartOf(i);
    const uint64_t end = LengthModel::StartOf(i + 1);
    EXPECT_EQ(LengthModel::BucketOf(start), i);
    EXPECT_EQ(LengthModel::BucketOf(end - 1), i);
    EXPECT_LT(start, end);
  }
}

TEST(LengthModel, TrimsTheLongestSamplesUpToAShare) {
  LengthModel model;
  for (int i = 0; i < 990; ++i) model.Add(static_cast<uint64_t>(10 + i % 3));
  for (int i = 0; i < 10; ++i) model.Add(500);
  EXPECT_EQ(model.Trimmed(0).greatest, 500U);
  EXPECT_EQ(model.Trimmed(0.009).greatest, 500U);
  EXPECT_EQ(model.Trimmed(0.01).greatest, 30U);  // twice the end of their bucket
  EXPECT_LT(model.Trimmed(0.01).deviation, 3);
  EXPECT_GT(model.Deviation(), 40);
}

TEST(LengthModel, TrimsNothingOfNothing) { EXPECT_EQ(LengthModel().Trimmed(0.5).greatest, 0U); }

}  // namespace
}  // namespace firebreak::inspect
