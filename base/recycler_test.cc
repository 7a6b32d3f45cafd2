#include "base/recycler.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace firebreak {
namespace {

struct Small : Recycled {
  virtual ~Small() = default;
  char bytes[100];
};
struct Large final : Small {
  char more[1'000];
};

using RecyclingText = std::basic_string<char, std::char_traits<char>, RecyclingAllocator<char>>;

TEST(RecyclerTest, LivePiecesNeverOverlap) {
  std::vector<std::pair<char*, size_t>> live;
  for (int round = 0; round < 3; ++round) {
    for (size_t bytes = 1; bytes <= kMaxRecycledBytes + 100; bytes += 37) {
      auto* const memory = static_cast<char*>(TakeMemory(bytes));
      std::memset(memory, static_cast<int>(bytes & 0x7f), bytes);
      live.emplace_back(memory, bytes);
    }
    for (const auto& [memory, bytes] : live) {
      EXPECT_EQ(std::string(memory, bytes), std::string(bytes, static_cast<char>(bytes & 0x7f)));
    }
    for (const auto& [memory, bytes] : live) GiveMemory(memory, bytes);
    live.clear();
  }
}

TEST(RecyclerTest, WhatIsGivenBackIsTakenAgainUnlessItIsWatchedForUseAfterFree) {
#if !defined(__SANITIZE_ADDRESS__)
  void* const first = TakeMemory(200);
  GiveMemory(first, 200);
  EXPECT_EQ(TakeMemory(250), first);  // of one step
  GiveMemory(first, 250);
#endif
}

TEST(RecyclerTest, ADerivedObjectGoesBackAsLargeAsItWas) {
  std::unique_ptr<Small> large = std::make_unique<Large>();
  large.reset();
  const auto small = std::make_unique<Small>();
  std::memset(small->bytes, 1, sizeof(small->bytes));
  const auto again = std::make_unique<Large>();
  std::memset(again->more, 2, sizeof(again->more));
  EXPECT_EQ(small->bytes[99], 1);
}

TEST(RecyclerTest, KeepsABoundedNumberOfPieces) {
  std::vector<void*> taken(4 * kMaxRecycledFree);
  for (void*& memory : taken) memory = TakeMemory(500);
  for (void* memory : taken) GiveMemory(memory, 500);  // leaks and double frees are asan's to find
  std::set<void*> distinct;
  for (void*& memory : taken) distinct.insert(memory = TakeMemory(500));
  EXPECT_EQ(distinct.size(), taken.size());
  for (void* memory : taken) GiveMemory(memory, 500);
}

TEST(RecyclerTest, WhatOneThreadTakesAnotherMayGiveBack) {
  RecyclingText text(300, 'a');
  std::thread([&text] {
    RecyclingText mine(300, 'b');
    mine.swap(text);
  }).join();
  EXPECT_EQ(text, RecyclingText(300, 'b'));
  text.assign(1'000, 'c');
  EXPECT_EQ(text.back(), 'c');
}

}  // namespace
}  // namespace firebreak
