#include "quarantine/quarantine.h"

#include <gtest/gtest.h>

namespace firebreak::quarantine {
namespace {

constexpr absl::string_view kOrders = "shop.example/ns/shop/sa/orders";
constexpr absl::string_view kLedger = "shop.example/ns/shop/sa/ledger";
constexpr absl::string_view kForensics = "shop.example/ns/ops/sa/forensics";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Entry Held(absl::string_view identity, QuarantineMode mode = QuarantineMode::kIsolate) {
  return {.identity = std::string(identity),
          .mode = mode,
          .until = kNow + absl::Hours(1),
          .reason = "SHOP-7",
          .allow = {}};
}

TEST(Quarantine, OfNobodyFindsNobody) {
  EXPECT_EQ(Quarantine().Find(kOrders, kLedger, kNow).mode, QuarantineMode::kNone);
  EXPECT_EQ(Quarantine().Find("", "", kNow).rule, nullptr);
}

TEST(Quarantine, HoldsWhicheverEndItIs) {
  const Quarantine quarantine({Held(kOrders)});
  EXPECT_EQ(quarantine.Find(kOrders, kLedger, kNow).mode, QuarantineMode::kIsolate);
  EXPECT_EQ(quarantine.Find(kLedger, kOrders, kNow).mode, QuarantineMode::kIsolate);
  EXPECT_EQ(quarantine.Find(kLedger, kForensics, kNow).mode, QuarantineMode::kNone);
  EXPECT_EQ(quarantine.Find("", kOrders, kNow).mode, QuarantineMode::kIsolate);
  EXPECT_EQ(quarantine.Find(kLedger, "", kNow).mode, QuarantineMode::kNone);
}

TEST(Quarantine, NamesTheIdentityAndTheReason) {
  const auto rule = Quarantine({Held(kOrders)}).Find(kLedger, kOrders, kNow).rule;
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->policy, "quarantine");
  EXPECT_EQ(rule->rule, kOrders);
  EXPECT_EQ(rule->reason, "SHOP-7");
}

TEST(Quarantine, ReleasesByItselfAtTheVeryMoment) {
  const Quarantine quarantine({Held(kOrders)});
  const absl::Time end = kNow + absl::Hours(1);
  EXPECT_EQ(quarantine.Find(kOrders, kLedger, end - absl::Nanoseconds(1)).mode,
            QuarantineMode::kIsolate);
  EXPECT_EQ(quarantine.Find(kOrders, kLedger, end).mode, QuarantineMode::kNone);
  EXPECT_EQ(quarantine.InForce(kNow), 1u);
  EXPECT_EQ(quarantine.InForce(end), 0u);
}

TEST(Quarantine, LetsWhoeverLooksIntoItThroughAndMarksThat) {
  Entry entry = Held(kOrders);
  entry.allow = {std::string(kForensics)};
  const Quarantine quarantine({entry});
  EXPECT_EQ(quarantine.Find(kForensics, kOrders, kNow).mode, QuarantineMode::kObserve);
  EXPECT_EQ(quarantine.Find(kOrders, kForensics, kNow).mode, QuarantineMode::kObserve);
  EXPECT_EQ(quarantine.Find(kOrders, kLedger, kNow).mode, QuarantineMode::kIsolate);
}

TEST(Quarantine, OfTheOtherEndIsNotExcusedByAnException) {
  Entry entry = Held(kOrders);
  entry.allow = {std::string(kForensics)};
  const Quarantine quarantine({entry, Held(kForensics, QuarantineMode::kReadonly)});
  EXPECT_EQ(quarantine.Find(kForensics, kOrders, kNow).mode, QuarantineMode::kReadonly);
}

TEST(Quarantine, TheStricterOfTwoCounts) {
  for (const bool first : {true, false}) {
    const Entry strict = Held(kOrders);
    const Entry mild = Held("shop.example/ns/shop/*", QuarantineMode::kObserve);
    const Quarantine quarantine(first ? std::vector<Entry>{strict, mild}
                                      : std::vector<Entry>{mild, strict});
    EXPECT_EQ(quarantine.Find(kOrders, kLedger, kNow).mode, QuarantineMode::kIsolate);
    EXPECT_EQ(quarantine.Find(kForensics, kLedger, kNow).mode, QuarantineMode::kObserve);
  }
}

TEST(Quarantine, PatternsStandForWholeSegments) {
  EXPECT_TRUE(Covers("shop.example/ns/shop/*", kOrders));
  EXPECT_FALSE(Covers("shop.example/ns/sho/*", kOrders));
  EXPECT_FALSE(Covers("shop.example/ns/shop/sa/orders/*", kOrders));
  EXPECT_TRUE(Covers("*/sa/orders", kOrders));
  EXPECT_FALSE(Covers("*/a/orders", kOrders));
  EXPECT_TRUE(Covers("*", kOrders));
  EXPECT_TRUE(Covers("*", ""));
  EXPECT_FALSE(Covers("shop.example/ns/shop/sa/order", kOrders));
}

}  // namespace
}  // namespace firebreak::quarantine
