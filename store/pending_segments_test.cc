#include "store/pending_segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "store/testing.h"

namespace firebreak::store {
namespace {

const absl::Time kNow = kTestStart + absl::Hours(1);

flows::Flow LineOf(const std::string& reporter, uint64_t number, size_t bytes = 0) {
  flows::Flow flow = NumberedFlow(number % 1'000);
  flow.sequence = number + 1;
  flow.reporter.principal = reporter;
  if (bytes > 0) flow.detail = absl::StrCat(number, std::string(bytes, 'x'));
  return flow;
}

TEST(PendingSegments, TimesOfAKindShareOneHoweverManyReportersThereAre) {
  PendingSegments pending(/*fair=*/true);
  for (uint64_t i = 0; i < 1'000; ++i) {
    pending.Add(LineOf(absl::StrCat("d/ns/shop/sa/r", i % 100), i), kNow);
  }
  EXPECT_EQ(pending.segments().size(), 1);
  EXPECT_EQ(pending.rows(), 1'000);
}

TEST(PendingSegments, ALineOfAnotherAgeIsStoredApart) {
  PendingSegments pending(/*fair=*/false);
  const absl::Time year_1 = absl::FromUnixSeconds(-62'135'596'800);
  const absl::Time year_9999 = absl::FromUnixSeconds(253'402'300'799);
  for (uint64_t i = 0; i < 10; ++i) pending.Add(LineOf("a", i), kNow);
  flows::Flow odd = LineOf("a", 10);
  for (const absl::Time time : {year_1, year_9999}) {
    odd.time = time;
    pending.Add(odd, kNow);
  }
  std::vector<std::pair<int64_t, int64_t>> spans;
  for (const auto& [key, segment] : pending.segments()) {
    spans.emplace_back(segment.first_us, segment.last_us);
  }
  const auto micros = [](absl::Time time) { return absl::ToUnixMicros(time); };
  EXPECT_THAT(spans, testing::UnorderedElementsAre(
                         std::pair(micros(year_1), micros(year_1)),
                         std::pair(micros(kTestStart), micros(kTestStart + absl::Seconds(9))),
                         std::pair(micros(year_9999), micros(year_9999))));
}

// However lines lie about their times, a segment spans no more than it is away, and that of what
// has just been spans two minutes.
TEST(PendingSegments, NoSegmentSpansMoreThanItIsAway) {
  PendingSegments pending(/*fair=*/false);
  const absl::Duration most = absl::Hours(24 * 3'653);
  for (absl::Duration away = absl::Seconds(1); away < most; away *= 1.5) {
    for (const absl::Time time : {kNow - away, kNow + away}) {
      flows::Flow flow = LineOf("a", 1);
      flow.time = time;
      pending.Add(flow, kNow);
    }
  }
  const int64_t now_us = absl::ToUnixMicros(kNow);
  constexpr int64_t kMinuteUs = 60'000'000;
  for (const auto& [key, segment] : pending.segments()) {
    const int64_t away =
        std::max(std::abs(segment.first_us - now_us), std::abs(segment.last_us - now_us));
    EXPECT_LE(segment.last_us - segment.first_us, std::max(away, 2 * kMinuteUs));
  }
  EXPECT_LE(pending.segments().size(), 17);
}

TEST(PendingSegments, AgesGoFromAMinuteToTenYearsAndBeyond) {
  const absl::Duration steps[] = {
      absl::Minutes(1), absl::Minutes(10),    absl::Hours(2),        absl::Hours(12),
      absl::Hours(48),  absl::Hours(24 * 31), absl::Hours(24 * 366), absl::Hours(24 * 3'653)};
  int step = 0;
  for (const absl::Duration apart : steps) {
    EXPECT_EQ(AgeStep(kNow + apart, kNow), step);
    EXPECT_EQ(AgeStep(kNow - apart, kNow), -step);
    ++step;
    EXPECT_EQ(AgeStep(kNow - apart - absl::Microseconds(1), kNow), -step);
  }
  EXPECT_EQ(AgeStep(absl::InfinitePast(), kNow), -8);
  EXPECT_EQ(AgeStep(absl::InfiniteFuture(), kNow), 8);
}

uint64_t RowsIn(PendingSegments& pending, const std::string& owner) {
  uint64_t rows = 0;
  for (const auto& [key, segment] : pending.segments()) {
    if (key.first == owner) rows += segment.builder.rows();
  }
  return rows;
}

TEST(PendingSegments, WhoHasMuchToSayHasASegmentOfItsOwn) {
  PendingSegments pending(/*fair=*/true);
  for (uint64_t i = 0; i < 1'000; ++i) pending.Add(LineOf("greedy", i, 500), kNow);
  for (uint64_t i = 0; i < 5; ++i) pending.Add(LineOf("honest", i, 500), kNow);
  EXPECT_EQ(RowsIn(pending, "honest"), 0);
  EXPECT_GT(RowsIn(pending, "greedy"), 950);
  EXPECT_LT(RowsIn(pending, "") - 5, 30) << "8 KiB of them";
}

TEST(PendingSegments, AFlushMoreIsNoShareMore) {
  PendingSegments pending(/*fair=*/true);
  uint64_t shared = 0;
  for (int flush = 0; flush < 20; ++flush) {
    for (uint64_t i = 0; i < 100; ++i) pending.Add(LineOf("greedy", i, 500), kNow);
    shared += RowsIn(pending, "");
    pending.Clear();
  }
  EXPECT_LT(shared, 30);
  for (uint64_t i = 0; i < 100; ++i) {
    pending.Add(LineOf("greedy", i, 500), kNow + PendingSegments::kWindow);
  }
  EXPECT_GT(RowsIn(pending, ""), 5) << "a share of ten seconds";
}

TEST(PendingSegments, OneLargeLineIsNotSharedAtAll) {
  PendingSegments pending(/*fair=*/true);
  pending.Add(LineOf("greedy", 1, 100'000), kNow);
  EXPECT_EQ(RowsIn(pending, ""), 0);
}

TEST(PendingSegments, WhereManyHaveMuchASixteenthOfItIsEverybodys) {
  PendingSegments pending(/*fair=*/true);
  for (uint64_t i = 0; i < 10'000; ++i) {
    pending.Add(LineOf(absl::StrCat("r", i % 40), i, 500), kNow);
  }
  EXPECT_EQ(RowsIn(pending, ""), 10'000) << "each has a fortieth";
}

TEST(PendingSegments, IsFullBeforeThereAreMoreFilesThanAFlushMayHave) {
  PendingSegments pending(/*fair=*/true);
  uint64_t added = 0;
  for (; !pending.full() && added < 1'000; ++added) {
    pending.Add(LineOf(absl::StrCat("r", added), added, 100'000), kNow);
  }
  EXPECT_LE(pending.segments().size(), PendingSegments::kMaxSegments);
  EXPECT_TRUE(pending.full());
}

}  // namespace
}  // namespace firebreak::store
