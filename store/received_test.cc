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

TEST(SequenceSet, IsBoundedAndForgetsTheLowestGapsFirst) {
  SequenceSet set;
  for (uint64_t i = 1; i <= 3 * SequenceSet::kMaxRanges; ++i) EXPECT_TRUE(set.Add(2 * i));
  EXPECT_EQ(set.ranges().size(), SequenceSet::kMaxRanges);
  EXPECT_FALSE(set.Add(3)) << "a gap that counts as filled";
  EXPECT_TRUE(set.Add(6 * SequenceSet::kMaxRanges - 1)) << "a late line";
}

TEST(SequenceSet, WhatWasTouchedIsAllThatACopyLacks) {
  std::mt19937 random(1);
  SequenceSet set;
  std::map<uint64_t, uint64_t> copy;
  for (int save = 0; save < 300; ++save) {
    for (int i = 0; i < 20; ++i) set.Add(1 + random() % 500, 50);
    for (const uint64_t first : set.touched()) {
      const auto range = set.ranges().find(first);
      if (range == set.ranges().end()) {
        copy.erase(first);
      } else {
        copy[first] = range->second;
      }
    }
    EXPECT_LE(set.touched().size(), 5 * 20);
    set.Saved();
    ASSERT_EQ(copy, set.ranges()) << "after save " << save;
  }
}

TEST(Received, AReporterHasSoManyRunsAndNoMore) {
  Received received;
  for (size_t i = 0; i < Received::kMaxRangesOfReporter; ++i) {
    const RunOf run{.reporter = "r", .run_id = std::to_string(i)};
    ASSERT_TRUE(received.HasRoom(run));
    received.Add(run, 1);
  }
  EXPECT_FALSE(received.HasRoom({.reporter = "r", .run_id = "new"}));
  EXPECT_TRUE(received.HasRoom({.reporter = "r", .run_id = "7"}));
  EXPECT_TRUE(received.HasRoom({.reporter = "s", .run_id = "new"}));
  received.Forget({.reporter = "r", .run_id = "7"});
  EXPECT_TRUE(received.HasRoom({.reporter = "r", .run_id = "new"}));
  EXPECT_TRUE(received.Add({.reporter = "r", .run_id = "7"}, 1));
}

TEST(Received, AReporterWhoseRunsAreFullOfHolesHasNoMoreRangesThanOneWithManyRuns) {
  Received received;
  constexpr size_t kRuns = 2 * Received::kMaxRangesOfReporter / SequenceSet::kMaxRanges;
  const auto run_of = [](size_t i) { return RunOf{.reporter = "r", .run_id = std::to_string(i)}; };
  for (size_t i = 0; i < kRuns; ++i) {
    if (!received.HasRoom(run_of(i))) continue;
    for (uint64_t k = 1; k <= SequenceSet::kMaxRanges; ++k) received.Add(run_of(i), 2 * k);
  }
  EXPECT_TRUE(received.HasRoom(run_of(kRuns / 2 - 1)));
  EXPECT_FALSE(received.HasRoom(run_of(kRuns / 2)));
  EXPECT_TRUE(received.HasRoom({.reporter = "s", .run_id = "0"}));
  // A run that is known goes on, with as many ranges as it has.
  const RunOf known = run_of(0);
  EXPECT_TRUE(received.Add(known, 10 * SequenceSet::kMaxRanges));
  EXPECT_FALSE(received.Add(known, 10 * SequenceSet::kMaxRanges));
  EXPECT_EQ(received.Run(known).ranges().size(), SequenceSet::kMaxRanges);
  EXPECT_FALSE(received.HasRoom(run_of(kRuns / 2)));
  received.Forget(known);
  EXPECT_TRUE(received.HasRoom(run_of(kRuns / 2)));
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

TEST(Received, NobodyMakesTheLinesOfAnotherKnown) {
  Received received;
  EXPECT_TRUE(received.Add({"liar", "a"}, 1));
  EXPECT_TRUE(received.Add({"victim", "a"}, 1));
}

}  // namespace
}  // namespace firebreak::store
