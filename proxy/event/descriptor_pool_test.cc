#include "proxy/event/descriptor_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>

namespace firebreak::proxy {
namespace {

TEST(DescriptorPoolTest, PiecesLieSideBySideAndComeBack) {
  DescriptorPool pool(3);
  const std::array<void*, 3> pieces = {pool.Take(), pool.Take(), pool.Take()};
  EXPECT_EQ(static_cast<std::byte*>(pieces[2]) - static_cast<std::byte*>(pieces[0]),
            2 * DescriptorPool::kPiece);
  EXPECT_EQ(pool.Take(), nullptr);
  for (void* piece : pieces) {
    EXPECT_TRUE(pool.Owns(piece));
    std::memset(piece, 0xff, DescriptorPool::kPiece);
    pool.Give(piece);
  }
  const std::set<void*> again = {pool.Take(), pool.Take(), pool.Take()};
  EXPECT_EQ(again, std::set<void*>(pieces.begin(), pieces.end()));
}

TEST(DescriptorPoolTest, OwnsNothingElse) {
  const DescriptorPool pool(2);
  const int other = 0;
  EXPECT_FALSE(pool.Owns(&other));
  EXPECT_FALSE(pool.Owns(nullptr));
}

}  // namespace
}  // namespace firebreak::proxy
