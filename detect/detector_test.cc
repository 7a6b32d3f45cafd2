#include "detect/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "detect/explanation.h"
#include "detect/state_file.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kWatchUs = kTestStartUs + 2 * kDayUs;

Settings TwoDays() {
  Settings settings;
  settings.learn = absl::Hours(48);
  return settings;
}

// Learned is a detector that has seen the shop for two days.
Detector Learned(const Settings& settings = TwoDays(), Labels labels = Labels()) {
  Detector detector(settings, std::move(labels));
  FeedDay(detector, kTestStartUs, 2 * kDayUs);
  return detector;
}

TEST(Detector, OrdinaryTrafficIsQuiet) {
  Detector detector = Learned();
  FeedDay(detector, kWatchUs);
  detector.Finish();
  EXPECT_FALSE(detector.learning());
  EXPECT_THAT(detector.incidents().All(), IsEmpty());
  EXPECT_EQ(detector.edges().pairs(), 3u);
}

// The intruder has a shell in web, whose pod has nothing open: web calls payments, which it never
// did; from payments, the ledger, over an edge that is used all day.
void FeedIntruder(Detector& detector, int64_t at_us) {
  Feed(detector, {"web", "payments", at_us, 5'000});
  Feed(detector, {"payments", "ledger", at_us + 10 * kMinuteUs + 9 * kSecondUs, 5'000});
  Feed(detector, {"payments", "ledger", at_us + 11 * kMinuteUs + 11 * kSecondUs, 5'000});
}

TEST(Detector, AnIntrudersWayIsOneIncidentWithItsPath) {
  Detector detector = Learned();
  FeedDay(detector, kWatchUs, kHourUs);
  FeedIntruder(detector, kWatchUs + kHourUs + 10 * kSecondUs);
  FeedDay(detector, kWatchUs + kHourUs + 20 * kMinuteUs, kHourUs);
  detector.Finish();
  const auto incidents = detector.incidents().All();
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(PathOf(*incidents[0], detector.names()), "web -> payments -> ledger");
  EXPECT_GT(incidents[0]->probability, 0.9);
  EXPECT_EQ(incidents[0]->severity, Severity::kHigh);
  EXPECT_THAT(Explain(*incidents[0], detector.names()),
              HasSubstr("web called payments for the first time ever"));
}

TEST(Detector, OrderDuplicatesAndLatenessDoNotMatter) {
  std::vector<flows::Flow> records;
  for (int64_t i = 0; i < 400; ++i) {
    const int64_t at = kWatchUs + i * 20 * kSecondUs;
    for (const bool outbound : {false, true}) {
      records.push_back(RecordOf({"orders", "payments", at + 4'000, 10'000}, outbound));
      records.push_back(RecordOf({"web", "orders", at, 20'000}, outbound));
      records.push_back(records.back());  // sent twice
    }
  }
  // Late by up to 20 s, in a fixed disorder.
  for (size_t i = 0; i + 7 < records.size(); i += 5) std::swap(records[i], records[i + 7]);
  Detector detector = Learned();
  for (const flows::Flow& record : records) detector.Add(record);
  detector.Finish();
  EXPECT_THAT(detector.incidents().All(), IsEmpty());
  EXPECT_EQ(detector.duplicates(), 800u);
}

TEST(Detector, OneSidedRecordsAreEnough) {
  Detector detector(TwoDays());
  const auto feed = [&detector](const TestCall& call) {
    detector.Add(RecordOf(call, /*outbound=*/false));
  };
  for (int64_t i = 0; i < 4 * kDayUs / (40 * kSecondUs); ++i) {
    const int64_t at = kTestStartUs + i * 40 * kSecondUs;
    feed({"payments", "ledger", at + 6'000, 4'000});
    feed({"orders", "payments", at + 4'000, 10'000});
    feed({"web", "orders", at, 20'000});
  }
  detector.Finish();
  EXPECT_THAT(detector.incidents().All(), IsEmpty());
  const int64_t later = kTestStartUs + 4 * kDayUs + 17 * kSecondUs;
  feed({"orders", "ledger", later, 5'000});
  feed({"orders", "payments", later + 40 * kSecondUs, 5'000});
  detector.Finish();
  EXPECT_THAT(detector.incidents().All(), SizeIs(1));
}

TEST(Detector, BaitIsAnIncidentAtOnce) {
  config::Diagnostics diagnostics;
  const auto labels =
      Labels::Parse("labels.yaml", "honey_routes: [{path: /admin/backup}]\n", &diagnostics);
  ASSERT_TRUE(labels.has_value()) << diagnostics.Format(false);
  Detector detector = Learned(TwoDays(), *labels);
  FeedDay(detector, kWatchUs, kHourUs);
  Feed(detector, {"orders", "payments", kWatchUs + kHourUs + 4'000, 10'000, "/admin/backup"});
  detector.Finish();
  ASSERT_THAT(detector.incidents().All(), SizeIs(1));
  EXPECT_THAT(Explain(*detector.incidents().All()[0], detector.names()), HasSubstr("bait"));
}

TEST(Detector, ABaselineOfTheVersionBeforeIsReadAndTheRestLearnedAnew) {
  const auto saved = ReadStateFile(FIREBREAK_SOURCE_DIR "/detect/state_corpus/version_3");
  ASSERT_TRUE(saved.ok());
  Detector restored{TwoDays()};
  ASSERT_TRUE(restored.Restore(*saved).ok());
  EXPECT_TRUE(restored.learns_anew());
  EXPECT_EQ(restored.edges().pairs(), 2u);
  Detector again{TwoDays()};
  ASSERT_TRUE(again.Restore(restored.Save()).ok());
  EXPECT_FALSE(again.learns_anew());
}

TEST(Detector, WhatWasLearnedFromIsPassedOver) {
  const Detector learned = Learned();
  Detector restored{TwoDays()};
  ASSERT_TRUE(restored.Restore(learned.Save()).ok());
  Feed(restored, {"web", "payments", kWatchUs - kHourUs});
  EXPECT_EQ(restored.passed_over(), 2u);
  Feed(restored, {"web", "payments", kWatchUs + kHourUs});
  EXPECT_EQ(restored.passed_over(), 2u);
}

TEST(Detector, AClockThatRanAheadDoesNotHideWhatComesNow) {
  const Detector learned = Learned();
  Detector restored{TwoDays()};
  ASSERT_TRUE(restored.Restore(learned.Save(), absl::FromUnixMicros(kTestStartUs)).ok());
  Feed(restored, {"web", "payments", kTestStartUs + kHourUs});
  EXPECT_EQ(restored.passed_over(), 0u);
}

TEST(Detector, ADamagedBaselineIsRefused) {
  const std::string saved = Learned().Save();
  for (const size_t at : {size_t{3}, size_t{17}, size_t{40}, saved.size() / 2, saved.size() - 1}) {
    std::string damaged = saved;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    Detector detector{Settings()};
    EXPECT_FALSE(detector.Restore(damaged).ok()) << at;
  }
  Detector detector{Settings()};
  EXPECT_FALSE(detector.Restore(saved.substr(0, saved.size() - 8)).ok());
  EXPECT_FALSE(detector.Restore("").ok());
}

TEST(Detector, SameRecordsSameIncidents) {
  std::string told;
  for (int run = 0; run < 2; ++run) {
    Detector detector = Learned();
    FeedDay(detector, kWatchUs, kHourUs);
    FeedIntruder(detector, kWatchUs + kHourUs + 10 * kSecondUs);
    detector.Finish();
    ASSERT_THAT(detector.incidents().All(), SizeIs(1));
    const std::string text = Explain(*detector.incidents().All()[0], detector.names());
    if (run > 0) {
      EXPECT_EQ(text, told);
    }
    told = text;
  }
}

TEST(Detector, ANodeWithAWrongClockMakesNobodyElseLate) {
  Detector detector = Learned();
  FeedDay(detector, kWatchUs, kHourUs);
  Feed(detector, {"web", "orders", kWatchUs + 30 * kDayUs, 20'000});
  FeedDay(detector, kWatchUs + kHourUs, kHourUs);
  detector.Finish();
  EXPECT_EQ(detector.late(), 0u);
  EXPECT_THAT(detector.incidents().All(), IsEmpty());
}

TEST(Detector, LostRecordsExcuseTheCallsOfTheirReporter) {
  Detector detector = Learned();
  FeedDay(detector, kWatchUs, kHourUs);
  const int64_t at = kWatchUs + kHourUs;
  flows::Flow lost = RecordOf({"web", "orders", at, 0}, /*outbound=*/false);
  lost.event = "LOST";
  for (int64_t i = 0; i < 5; ++i) {
    // payments' own records of what it was asked are missing, those of what it called are not.
    detector.Add(RecordOf({"payments", "ledger", at + i * 7 * kSecondUs, 4'000}, true));
  }
  lost.reporter.node = "payments-0";
  lost.source.principal.clear();
  lost.source.ip = TestIp("orders-0");
  lost.destination.principal = TestPrincipal("payments");
  lost.destination.ip = TestIp("payments-0");
  lost.time = absl::FromUnixMicros(at + 40 * kSecondUs);
  detector.Add(lost);
  FeedDay(detector, at + kMinuteUs, kHourUs);
  detector.Finish();
  EXPECT_THAT(detector.incidents().All(), IsEmpty());
}

}  // namespace
}  // namespace firebreak::detect
