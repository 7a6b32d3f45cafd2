#include "store/received.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace firebreak::store {
namespace {

TEST(SequenceSet, KnowsWhatWasAddedAndJoinsNeighbours) {
  SequenceSet set;
  for (const uint64_t number : {5, 7, 6, 1, 2}) EXPECT_TRUE(set.Add(number));
  for (const uint64_t number : {5, 7, 6, 1, 2}) EXPECT_FALSE(set.Add(number));
  EXPECT_EQ(set.ranges(), (std::map<uint64_t, uint64_t>{{1, 2}, {5, 7}}));
  set.AddRange(2, 6);
  EXPECT_EQ(set.ranges(), (std::map<uint64_t, uint64_t>{{1, 7}}));
}

TEST(SequenceSet, TakesTheEndsOfTheNumbers) {
  constexpr uint64_t kLast = ~uint64_t{0};
  SequenceSet set;
  EXPECT_TRUE(set.Add(0));
  EXPECT_TRUE(set.Add(kLast));
  EXPECT_FALSE(set.Add(kLast));
  EXPECT_TRUE(set.Add(kLast - 1));
  EXPECT_TRUE(set.Add(1));
  EXPECT_EQ(set.ranges(), (std::map<uint64_t, uint64_t>{{0, 1}, {kLast - 1, kLast}}));
}

TEST(SequenceSet, IsASetWhateverTheOrder) {
  std::mt19937 random(1);
  SequenceSet set;
  std::set<uint64_t> expected;
  for (int i = 0; i < 5'000; ++i) {
    const uint64_t number = random() % 1'000;
    EXPECT_EQ(set.Add(number), expected.insert(number).second);
  }
  size_t covered = 0;
  uint64_t last_end = 0;
  for (const auto& [first, last] : set.ranges()) {
    EXPECT_TRUE(covered == 0 || first > last_end + 1) << "neighbours are one range";
    covered += last - first + 1;
    last_end = last;
  }
  EXPECT_EQ(covered, expected.size());
}

TEST(Received, ALineWithoutARunOrASequenceIsAlwaysNew) {
  Received received;
  EXPECT_TRUE(received.Add({"r", ""}, 1));
  EXPECT_TRUE(received.Add({"r", ""}, 1));
  EXPECT_TRUE(received.Add({"r", "a"}, 0));
  EXPECT_TRUE(received.Add({"r", "a"}, 0));
  EXPECT_TRUE(received.changed().empty());
  EXPECT_TRUE(received.Add({"r", "a"}, 1));
  EXPECT_TRUE(received.Add({"r", "b"}, 1));
  EXPECT_FALSE(received.Add({"r", "a"}, 1));
  EXPECT_EQ(received.changed().size(), 2);
}

TEST(Received, NobodyClaimsTheLinesOfAnother) {
  Received received;
  EXPECT_TRUE(received.Add({"d/ns/shop/sa/evil", "a"}, 1));
  EXPECT_TRUE(received.Add({"d/ns/shop/sa/orders", "a"}, 1));
  EXPECT_FALSE(received.Add({"d/ns/shop/sa/orders", "a"}, 1));
}

}  // namespace
}  // namespace firebreak::store
