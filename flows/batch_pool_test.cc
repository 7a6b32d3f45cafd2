#include "flows/batch_pool.h"

#include <gtest/gtest.h>

#include <utility>

namespace firebreak::flows {
namespace {

TEST(BatchPool, GivesABufferOutAgainOnceNobodyReadsIt) {
  const auto pool = std::make_shared<BatchPool>();
  std::shared_ptr<Batch> batch = pool->Make();
  batch->text.assign(100'000, 'x');
  batch->lines = 3;
  const char* const buffer = batch->text.data();
  const SharedBatch reader = batch;
  batch = pool->Make();
  EXPECT_NE(batch->text.data(), buffer) << "somebody reads it still";
  EXPECT_EQ(reader->text.size(), 100'000U);
}

TEST(BatchPool, ABatchIsEmptyWhateverItsBufferHeld) {
  const auto pool = std::make_shared<BatchPool>();
  std::shared_ptr<Batch> batch = pool->Make();
  batch->text.assign(100'000, 'x');
  batch->lines = 3;
  const char* const buffer = batch->text.data();
  batch.reset();
  batch = pool->Make();
  EXPECT_EQ(batch->text.data(), buffer);
  EXPECT_EQ(batch->text, "");
  EXPECT_EQ(batch->lines, 0U);
}

TEST(BatchPool, KeepsFewBuffersAndNoLargeOne) {
  const auto pool = std::make_shared<BatchPool>();
  pool->Make()->text.reserve(BatchPool::kMostSpareBytes + 1);
  EXPECT_LT(pool->Make()->text.capacity(), BatchPool::kMostSpareBytes);
  std::vector<std::shared_ptr<Batch>> many(10);
  for (auto& batch : many) (batch = pool->Make())->text.reserve(1'000);
  many.clear();
  many.resize(10);
  size_t reused = 0;
  for (auto& batch : many) {
    batch = pool->Make();
    if (batch->text.capacity() >= 1'000) ++reused;
  }
  EXPECT_EQ(reused, BatchPool::kMostSpare);
}

TEST(BatchPool, ABatchOutlivesItsMaker) {
  auto pool = std::make_shared<BatchPool>();
  const std::shared_ptr<Batch> batch = pool->Make();
  pool.reset();
  batch->text = "still mine";
  EXPECT_EQ(batch->text, "still mine");
}

}  // namespace
}  // namespace firebreak::flows
