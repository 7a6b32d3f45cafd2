#include "flows/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

#include "flows/testing.h"

namespace firebreak::flows {
namespace {

Record Numbered(uint64_t number) {
  Record record;
  record.flow_id_low = number;
  record.detail = Shared("an owned string, for leak checkers");
  return record;
}

TEST(Ring, RoundsSlotsUpToPowerOfTwo) {
  EXPECT_EQ(Ring(0).slots(), 2U);
  EXPECT_EQ(Ring(5).slots(), 8U);
  EXPECT_EQ(Ring(8).slots(), 8U);
}

TEST(Ring, GivesRecordsBackInOrder) {
  Ring ring(4);
  Record out;
  uint64_t dropped = 0;
  EXPECT_FALSE(Pop(ring, &out, &dropped));
  for (uint64_t round = 0; round < 10; ++round) {  // wraps more than once
    for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(ring.Push(Numbered(round * 3 + i)));
    for (uint64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(Pop(ring, &out, &dropped));
      EXPECT_EQ(out.flow_id_low, round * 3 + i);
    }
  }
  EXPECT_TRUE(ring.Empty());
  EXPECT_EQ(ring.dropped(), 0U);
}

TEST(Ring, CountsWhatAFullRingDropsAndWhere) {
  Ring ring(2);
  EXPECT_TRUE(ring.Push(Numbered(0)));
  EXPECT_TRUE(ring.Push(Numbered(1)));
  EXPECT_FALSE(ring.Push(Numbered(2)));
  EXPECT_FALSE(ring.Push(Numbered(3)));
  EXPECT_EQ(ring.dropped(), 2U);

  Record out;
  uint64_t dropped_before = 99;
  ASSERT_TRUE(Pop(ring, &out, &dropped_before));
  EXPECT_EQ(dropped_before, 0U);
  ASSERT_TRUE(ring.Push(Numbered(4)));
  ASSERT_TRUE(Pop(ring, &out, &dropped_before));
  EXPECT_EQ(dropped_before, 0U);
  ASSERT_TRUE(Pop(ring, &out, &dropped_before));
  EXPECT_EQ(out.flow_id_low, 4U);
  EXPECT_EQ(dropped_before, 2U) << "the loss lies before the first record pushed after it";
}

TEST(Ring, LeavesWhatWasReadToItsProducer) {
  const SharedString held = Shared("held");
  Ring ring(2);
  Record record;
  record.detail = held;
  ASSERT_TRUE(ring.Push(std::move(record)));
  uint64_t dropped = 0;
  ASSERT_EQ(ring.Front(&dropped)->detail, held);
  ring.PopFront();
  EXPECT_EQ(held.use_count(), 2) << "the consumer is no holder, and frees nothing";
  ASSERT_TRUE(ring.Push(Numbered(1)));
  EXPECT_EQ(held.use_count(), 1) << "the producer's next push destroys it";
}

TEST(Ring, UsesNoMoreSlotsThanRecordsHaveWaitedAtATime) {
  constexpr size_t kWaiting = 3;
  Ring ring(1024);
  std::set<const Record*> places;
  uint64_t dropped = 0;
  for (uint64_t number = 0; number < 5'000; ++number) {
    ASSERT_TRUE(ring.Push(Numbered(number)));
    if (number < kWaiting) continue;
    Record* const record = ring.Front(&dropped);
    ASSERT_EQ(record->flow_id_low, number - kWaiting);
    places.insert(record);
    ring.PopFront();
  }
  EXPECT_EQ(places.size(), kWaiting + 1);
}

TEST(Ring, DestroysWhatWasReadInABurstWithTheNextPushes) {
  constexpr uint64_t kBurst = 256;
  const SharedString held = Shared("held");
  Ring ring(kBurst);
  for (uint64_t i = 0; i < kBurst; ++i) {
    Record record;
    record.detail = held;
    ASSERT_TRUE(ring.Push(std::move(record)));
  }
  EXPECT_FALSE(ring.Push(Numbered(0)));
  uint64_t dropped = 0;
  while (ring.Front(&dropped) != nullptr) ring.PopFront();
  for (uint64_t i = 0; i < kBurst / 2; ++i) ASSERT_TRUE(ring.Push(Numbered(i)));
  EXPECT_EQ(held.use_count(), 1);
  for (uint64_t i = 0; i < kBurst / 2; ++i) {
    ASSERT_EQ(ring.Front(&dropped)->flow_id_low, i);
    EXPECT_EQ(dropped, 1U);
    ring.PopFront();
  }
}

TEST(Ring, DestroysWhatNobodyTook) {
  const SharedString held = Shared("held");
  {
    Ring ring(8);
    Record record;
    record.detail = held;
    ASSERT_TRUE(ring.Push(std::move(record)));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Ring, LosesNothingUncountedBetweenTwoThreads) {
  constexpr uint64_t kRecords = 100'000;
  Ring ring(64);
  std::thread producer([&ring] {
    for (uint64_t i = 1; i <= kRecords; ++i) ring.Push(Numbered(i));
  });
  Record out;
  uint64_t dropped_before = 0;
  uint64_t taken = 0;
  uint64_t last = 0;
  bool ordered = true;
  while (taken + ring.dropped() < kRecords || !ring.Empty()) {
    if (!Pop(ring, &out, &dropped_before)) {
      std::this_thread::yield();
      continue;
    }
    ++taken;
    ordered = ordered && out.flow_id_low > last && out.flow_id_low == taken + dropped_before;
    last = out.flow_id_low;
  }
  producer.join();
  EXPECT_TRUE(ordered) << "each record's number is what was taken plus what was dropped before it";
  EXPECT_EQ(taken + ring.dropped(), kRecords);
}

TEST(Ring, WakesASleepingConsumerForEveryBatch) {
  constexpr uint64_t kRecords = 2'000;
  Doorbell doorbell;
  Ring ring(4096, &doorbell);
  std::thread consumer([&] {
    Record out;
    uint64_t dropped_before = 0;
    for (uint64_t taken = 0; taken < kRecords;) {
      while (Pop(ring, &out, &dropped_before)) ++taken;
      if (taken == kRecords) break;
      doorbell.Announce();
      if (!ring.Empty()) {
        doorbell.Withdraw();
        continue;
      }
      doorbell.Wait(absl::InfiniteDuration());  // a lost wake-up would hang here
    }
  });
  for (uint64_t i = 0; i < kRecords; ++i) {
    ASSERT_TRUE(ring.Push(Numbered(i)));
    if (i % 3 == 0) std::this_thread::yield();
  }
  consumer.join();
  EXPECT_TRUE(ring.Empty());
}

TEST(Ring, WakesANappingConsumerForAPile) {
  for (const size_t slots : {size_t{2}, size_t{16}, size_t{4096}}) {
    Doorbell doorbell;
    Ring ring(slots, &doorbell);
    std::atomic<bool> woken = false;
    std::thread consumer([&] {
      doorbell.Nap(absl::InfiniteDuration());  // a pile that does not wake it would hang here
      woken = true;
    });
    uint64_t pushed = 0;
    for (; !woken; ++pushed) ring.Push(Numbered(pushed));
    consumer.join();
    EXPECT_GE(pushed, std::min(Ring::kPile, slots / 2));
  }
}

}  // namespace
}  // namespace firebreak::flows
