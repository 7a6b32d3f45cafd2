#include "store/pending_segments.h"

#include <gtest/gtest.h>

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
  for (uint64_t i = 0; i < 10; ++i) pending.Add(LineOf("a", i), kNow);
  flows::Flow odd = LineOf("a", 10);
  odd.time = year_1;
  pending.Add(odd, kNow);
  odd.time = absl::FromUnixSeconds(253'402'300'799);
  pending.Add(odd, kNow);
  ASSERT_EQ(pending.segments().size(), 2);
  const PendingSegment& usual = pending.segments().begin()->second;
  EXPECT_EQ(usual.first_us, absl::ToUnixMicros(kTestStart));
  EXPECT_EQ(usual.last_us, absl::ToUnixMicros(kTestStart + absl::Seconds(9)));
  EXPECT_EQ(pending.segments().rbegin()->second.first_us, absl::ToUnixMicros(year_1));
}

TEST(PendingSegments, AgesAreTwoHoursTwoDaysAMonthTenYearsAndBeyond) {
  const absl::Duration steps[] = {absl::Hours(2), absl::Hours(48), absl::Hours(24 * 31),
                                  absl::Hours(24 * 3'653)};
  int step = 0;
  for (const absl::Duration apart : steps) {
    for (const absl::Time time : {kNow - apart, kNow + apart}) EXPECT_EQ(AgeStep(time, kNow), step);
    ++step;
    EXPECT_EQ(AgeStep(kNow - apart - absl::Microseconds(1), kNow), step);
  }
  EXPECT_EQ(AgeStep(absl::InfinitePast(), kNow), 4);
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
