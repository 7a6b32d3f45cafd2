#include "detect/reach.h"

#include <gtest/gtest.h>

#include "detect/detector.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr char kLabels[] =
    "identities:\n- {principal: shop.example/ns/shop/sa/ledger, labels: [crown_jewel]}\n";

class ReachTest : public ::testing::Test {
 protected:
  // web -> orders -> payments -> ledger
  ReachTest() {
    for (const auto& [from, to] : {std::pair("web", "orders"), std::pair("orders", "payments"),
                                   std::pair("payments", "ledger")}) {
      book_.See(CallOf(from, to), {});
    }
    config::Diagnostics diagnostics;
    labels_ = *Labels::Parse("labels.yaml", kLabels, &diagnostics);
  }
  Call CallOf(const std::string& from, const std::string& to) {
    Call call;
    call.source = names_.Intern(TestPrincipal(from));
    call.destination = names_.Intern(TestPrincipal(to));
    call.end_us = now_;
    return call;
  }
  std::optional<Clue> New(const std::string& from, const std::string& to) {
    const Call call = CallOf(from, to);
    book_.See(call, {});
    return reach_.See(call, book_, labels_, names_);
  }

  Names names_;
  EdgeBook book_;
  Labels labels_;
  Reach reach_;
  int64_t now_ = kTestStartUs;
};

TEST_F(ReachTest, TellsOfANewPairThatShortensTheWayToACrownJewel) {
  const auto clue = New("web", "payments");
  ASSERT_TRUE(clue.has_value());
  EXPECT_EQ(clue->observed, 2);
  EXPECT_EQ(clue->usual, 3);
  const auto stranger = New("cart", "ledger");
  ASSERT_TRUE(stranger.has_value());
  EXPECT_EQ(stranger->observed, 1);
  EXPECT_EQ(stranger->usual, Reach::kFar);
}

TEST_F(ReachTest, PairsThatLeadNoNearerAreNoneOfItsBusiness) {
  EXPECT_FALSE(New("orders", "web").has_value());
  EXPECT_FALSE(New("ledger", "web").has_value());
  EXPECT_FALSE(New("payments", "mail").has_value());
}

TEST_F(ReachTest, WaysThatBecameUsualAreKnownAnHourLater) {
  ASSERT_TRUE(New("web", "payments").has_value());
  now_ += kHourUs + 1;
  EXPECT_FALSE(New("web", "mail").has_value());
  const auto clue = New("cart", "web");
  ASSERT_TRUE(clue.has_value());
  EXPECT_EQ(clue->observed, 3);
}

TEST_F(ReachTest, WithoutCrownJewelsItIsSilent) {
  labels_ = Labels();
  EXPECT_FALSE(New("web", "ledger").has_value());
}

TEST(ReachInDetector, RanksAnIncidentAndAddsNoEvidence) {
  const auto run = [](const char* labels) {
    Settings settings;
    settings.learn = absl::Hours(20);
    config::Diagnostics diagnostics;
    Detector detector(settings, *Labels::Parse("labels.yaml", labels, &diagnostics));
    FeedDay(detector, kTestStartUs);
    for (const char* to : {"payments", "web", "payments"}) {
      Feed(detector, {"ledger", to, kTestStartUs + kDayUs + (to[0] == 'w' ? 1 : 2) * kMinuteUs});
    }
    detector.Finish();
    return detector;
  };
  const Detector with =
      run("identities:\n- {principal: shop.example/ns/shop/sa/web, labels: [crown_jewel]}\n");
  const Detector without = run("identities: []\n");
  ASSERT_EQ(with.incidents().All().size(), 1U);
  ASSERT_EQ(without.incidents().All().size(), 1U);
  EXPECT_EQ(with.incidents().All()[0]->evidence, without.incidents().All()[0]->evidence);
  EXPECT_GT(with.incidents().All()[0]->severity, without.incidents().All()[0]->severity);
}

}  // namespace
}  // namespace firebreak::detect
