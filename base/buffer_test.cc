#include "base/buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace firebreak {
namespace {

std::string Contents(const Buffer& buffer) {
  std::string all;
  iovec parts[64];
  const int count = buffer.Front(parts, 64);
  for (int i = 0; i < count; ++i) {
    all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return all;
}

TEST(BufferTest, KeepsBytesInOrderThroughRandomAppendsAndDrains) {
  SlabPool pool;
  Buffer buffer(pool);
  std::string expected;
  std::mt19937 random(20261121);
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(random() % 40'000, static_cast<char>('a' + i % 26));
    if (expected.size() < 400'000) {
      buffer.Append(piece);
      expected += piece;
    }
    const size_t drain = random() % (expected.size() + 1);
    buffer.Drain(drain);
    expected.erase(0, drain);
    ASSERT_EQ(buffer.size(), expected.size());
    ASSERT_EQ(Contents(buffer), expected);
  }
}

TEST(BufferTest, EmptyBufferHoldsNoSlab) {
  SlabPool pool;
  Buffer buffer(pool);
  buffer.Append(std::string(100'000, 'x'));
  EXPECT_GT(pool.in_use(), 0U);
  buffer.Drain(100'000);
  EXPECT_EQ(pool.in_use(), 0U);
  buffer.Append("y");
  EXPECT_EQ(Contents(buffer), "y");
}

TEST(BufferTest, AFewBytesTakeASmallSlabAndMoreThanFitsALargeOne) {
  SlabPool pool;
  Buffer buffer(pool, Buffer::FirstSlab::kSmall);
  const std::string few(500, 'f');
  const std::string many(50'000, 'm');
  for (int round = 0; round < 3; ++round) {
    buffer.Append(few);
    EXPECT_EQ(pool.bytes_in_use(), SlabPool::kSmallSlabBytes);
    buffer.Append(many);
    EXPECT_EQ(Contents(buffer), few + many);
    EXPECT_EQ(pool.bytes_in_use(), SlabPool::kSmallSlabBytes + 4 * SlabPool::kSlabBytes);
    buffer.Drain(few.size() + 1);
    EXPECT_EQ(Contents(buffer), many.substr(1));
    buffer.Clear();
    EXPECT_EQ(pool.bytes_in_use(), 0U);
  }
  buffer.Append(many);
  EXPECT_EQ(pool.bytes_in_use(), 4 * SlabPool::kSlabBytes);
}

TEST(BufferTest, FrontStopsAtMax) {
  SlabPool pool;
  Buffer buffer(pool);
  buffer.Append(std::string(100'000, 'x'));
  iovec parts[2];
  EXPECT_EQ(buffer.Front(parts, 2), 2);
}

}  // namespace
}  // namespace firebreak
