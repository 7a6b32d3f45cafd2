#include "proxy/http/memory_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace firebreak::proxy {
namespace {

constexpr size_t kMost = 64 * MemoryShare::kMostAssured;

// What decoders hold: of gzip, and of zstd with a window of 2 MiB.
constexpr size_t kGzip = 45'056;
constexpr size_t kZstd = 2'460'000;

// Source holds as much as it may, a piece at a time.
struct Source {
  explicit Source(MemoryBudget& budget, absl::string_view who) : share(budget.ShareOf(who)) {}
  template <typename May>
  size_t HoldWhile(May may) {
    while (may(*share)) {
      charges.push_back(std::make_unique<MemoryCharge>());
      charges.back()->Open(share);
      charges.back()->Set(4'096);
    }
    return share->held();
  }
  // Filter has filters hold so many bytes more, unless that is too much.
  bool Filter(size_t bytes) {
    auto charge = std::make_unique<MemoryCharge>(HeldFor::kFilters);
    charge->Open(share);
    charge->Set(bytes);
    if (!charge->MayFilter()) return false;
    charges.push_back(std::move(charge));
    return true;
  }
  std::shared_ptr<MemoryShare> share;
  std::vector<std::unique_ptr<MemoryCharge>> charges;
};

bool MayBuffer(const MemoryShare& share) { return share.MayBuffer(); }
bool MayBegin(const MemoryShare& share) { return share.MayBegin(); }
bool MayHold(const MemoryShare& share) { return share.MayHold(); }

TEST(MemoryBudget, LeavesHalfToOthersWhateverOneSourceAsks) {
  MemoryBudget budget(kMost);
  Source greedy(budget, "greedy");
  constexpr size_t kFifth = kMost / 5;
  constexpr size_t kHalf = kMost / 2;
  EXPECT_NEAR(greedy.HoldWhile(MayBuffer), kFifth, 8'192);
  EXPECT_NEAR(greedy.HoldWhile(MayBegin), kHalf, 8'192);
  Source late(budget, "late");
  EXPECT_GE(late.HoldWhile(MayBegin), kMost / 4 - 8'192);
}

TEST(MemoryBudget, CountsAllConnectionsOfOneSourceTogether) {
  MemoryBudget budget(kMost);
  Source first(budget, "greedy");
  Source second(budget, "greedy");
  EXPECT_EQ(first.share, second.share);
  first.HoldWhile(MayBegin);
  EXPECT_FALSE(second.share->MayBegin());
}

TEST(MemoryBudget, AssuresEverybodyOfSomethingWhenAllIsGone) {
  MemoryBudget budget(kMost);
  Source greedy(budget, "greedy");
  greedy.HoldWhile(MayHold);
  EXPECT_GE(budget.held(), kMost);
  EXPECT_FALSE(greedy.share->MayHold());
  Source late(budget, "late");
  EXPECT_EQ(late.HoldWhile(MayHold), MemoryShare::kMostAssured);
  EXPECT_TRUE(Source(budget, "later").share->MayBegin());
}

TEST(MemoryBudget, ManySourcesThatTakeWhatIsAssuredLeaveSomethingToOthersAndDoNotOutgrowIt) {
  constexpr size_t kSources = 1'000;
  MemoryBudget budget(kMost);
  std::vector<std::unique_ptr<Source>> many;
  for (size_t i = 0; i < kSources; ++i) {
    many.push_back(std::make_unique<Source>(budget, std::to_string(i)));
    many.back()->HoldWhile(MayHold);
    EXPECT_GE(many.back()->share->held(), MemoryShare::kLeastAssured);
  }
  EXPECT_LE(budget.held(), kMost + kMost / 2 + kSources * (MemoryShare::kLeastAssured + 4'096));
}

TEST(MemoryBudget, FiltersLeaveHalfToMessagesAndToOtherSourcesWhatTheyAreAssuredOf) {
  MemoryBudget budget(kMost);
  Source greedy(budget, "greedy");
  while (greedy.Filter(kGzip)) {
  }
  EXPECT_NEAR(budget.held(), static_cast<double>(kMost) / 2, kGzip);
  EXPECT_TRUE(greedy.share->MayBegin() && greedy.share->MayHold());
  Source late(budget, "late");
  EXPECT_TRUE(late.Filter(kZstd));
  EXPECT_FALSE(late.Filter(kZstd));
  EXPECT_TRUE(late.share->MayBegin() && late.share->MayHold());
  late.HoldWhile(MayHold);
  EXPECT_GE(late.share->held(), kMost / 2);
}

TEST(MemoryBudget, WhateverTwoSourcesHoldAThirdHasOneGzipAndOneUsualWindowOfZstd) {
  for (const size_t most : {kMost, kMost / 16, kMost / 64}) {  // of one worker, of one of 16, of 64
    MemoryBudget budget(most);
    Source greedy(budget, "greedy");
    greedy.HoldWhile(MayHold);
    while (greedy.Filter(kGzip)) {
    }
    EXPECT_LE(budget.held(), most + 4'096 + MemoryShare::kMostAssuredToFilters);
    Source second(budget, "second");
    second.HoldWhile(MayHold);
    while (second.Filter(kGzip)) {
    }
    Source third(budget, "third");
    third.HoldWhile([](const MemoryShare& share) { return share.held() < 200'000; });
    EXPECT_TRUE(third.Filter(kGzip) && third.Filter(kZstd)) << most;
    EXPECT_TRUE(third.share->MayBegin() && third.share->MayHold());
    EXPECT_FALSE(third.Filter(kZstd)) << "not two";
  }
}

TEST(MemoryBudget, FiltersOfManySourcesLeaveOneGzipToOthersAndDoNotOutgrowTheReserve) {
  constexpr size_t kSources = 1'000;
  constexpr size_t kSmall = kMost / 16;
  MemoryBudget budget(kSmall);
  std::vector<std::unique_ptr<Source>> many;
  for (size_t i = 0; i < kSources; ++i) {
    many.push_back(std::make_unique<Source>(budget, std::to_string(i)));
    many.back()->HoldWhile(MayHold);
    EXPECT_TRUE(many.back()->Filter(kGzip));
    while (many.back()->Filter(kGzip)) {
    }
  }
  constexpr size_t kReserve = size_t{12} << 20;
  EXPECT_LE(budget.held(), kSmall + kReserve + kSources * (2 * MemoryShare::kLeastAssured + 4'096));
}

TEST(MemoryBudget, GetsBackWhatGoes) {
  MemoryBudget budget(kMost);
  Source source(budget, "greedy");
  source.HoldWhile(MayHold);
  source.charges.resize(1);
  EXPECT_TRUE(source.Filter(kGzip));
  EXPECT_EQ(budget.held(), 4'096u + kGzip);
  EXPECT_EQ(source.share->held(), 4'096u) << "what filters hold is counted apart";
  source.charges.resize(1);
  EXPECT_EQ(budget.held(), 4'096u);
  source.charges[0]->Set(10);
  EXPECT_EQ(source.share->held(), 10u);
  source.charges.clear();
  source.share.reset();
  EXPECT_EQ(budget.held(), 0u);
  EXPECT_EQ(budget.ShareOf("greedy")->held(), 0u);
}

TEST(MemoryCharge, WithoutAShareForbidsNothing) {
  MemoryCharge charge;
  charge.Set(kMost * 2);
  EXPECT_TRUE(charge.MayBegin() && charge.MayBuffer() && charge.MayHold() && charge.MayFilter());
}

}  // namespace
}  // namespace firebreak::proxy
