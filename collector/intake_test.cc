#include "collector/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/simulated_clock.h"
#include "collector/testing.h"
#include "flows/testing.h"
#include "store/query.h"
#include "store/stored_flows.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace firebreak::collector {
namespace {

// LargeMessage is 64 lines, of a run of their own, that make a segment of some 600 kB.
std::string LargeMessage(uint64_t number) {
  std::mt19937 random(static_cast<unsigned>(number));
  std::string text;
  for (uint64_t i = 1; i <= 64; ++i) {
    std::string detail(12'000, ' ');
    for (char& c : detail) c = static_cast<char>('A' + random() % 58);
    absl::StrAppend(
        &text,
        absl::StrReplaceAll(TestLine(i, kSender, absl::StrCat(absl::Hex(number, absl::kZeroPad16))),
                            {{"{\"time\"", absl::StrCat(R"({"detail":")",
                                                        absl::StrReplaceAll(detail, {{"\\", "/"}}),
                                                        R"(","time")")}}));
  }
  return *EncodeBatch(number, 64, text);
}

class IntakeTest : public testing::Test {
 protected:
  std::unique_ptr<Intake> Open() {
    auto intake = Intake::Open(options_, clock_);
    EXPECT_TRUE(intake.ok()) << intake.status();
    return *std::move(intake);
  }

  // The first cell of an answer.
  std::string Ask(const std::string& sql) {
    std::string cells;
    auto query = store::Query::Open(options_.folder, clock_);
    EXPECT_TRUE(query.ok()) << query.status();
    const auto result = (*query)->Run(
        sql, {}, [](const auto&) {},
        [&cells](absl::Span<const store::Value> row) {
          if (const auto* number = std::get_if<int64_t>(&row[0])) absl::StrAppend(&cells, *number);
          if (const auto* text = std::get_if<std::string>(&row[0])) absl::StrAppend(&cells, *text);
        });
    EXPECT_TRUE(result.ok()) << result.status();
    return cells;
  }
  std::string Stored() { return Ask("SELECT count(*) FROM flows"); }

  const tests::TempFolder folder_;
  SimulatedClock clock_;
  IntakeOptions options_{.folder = folder_.Path("store")};
};

TEST_F(IntakeTest, WhatWasTakenCanBeAskedForAfterTheNextFlush) {
  const auto intake = Open();
  const auto receipt = intake->Take(kSender, TestMessage(1, 1, 10));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->number, 1);
  EXPECT_EQ(receipt->stored, 10);
  EXPECT_TRUE(intake->Sync().ok());
  clock_.Advance(absl::Seconds(9));
  intake->Tend();
  EXPECT_EQ(Stored(), "0");
  clock_.Advance(absl::Seconds(1));
  intake->Tend();
  EXPECT_EQ(Stored(), "10");
  EXPECT_EQ(intake->journal_bytes(), 0);
}

TEST_F(IntakeTest, LinesThatComeTwiceAreStoredOnce) {
  const auto intake = Open();
  ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
  const auto again = intake->Take(kSender, TestMessage(2, 6, 15));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->stored, 5);
  EXPECT_EQ(again->duplicates, 5);
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_EQ(Stored(), "15");
}

TEST_F(IntakeTest, LacksWhatTheCollectorWasNotGivenAndNotWhatTheFileWasNot) {
  const auto intake = Open();
  std::string text;
  for (const auto& [number, sink] : {std::pair{1, "file"}, {2, "collector"}}) {
    absl::StrAppend(&text, R"({"time":"2025-11-22T10:00:00Z","event":"LOST","run_id":")", kTestRun,
                    R"(","sequence":)", number, R"(,"reporter":{"principal":")", kSender,
                    R"("},"lost":{"count":)", 10 * number, R"(,"sink":")", sink, "\"}}\n");
  }
  ASSERT_TRUE(intake->Take(kSender, *EncodeBatch(1, 2, text)).ok());
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_EQ(*store::LostRecords(options_.folder, absl::InfinitePast(), absl::InfiniteFuture()),
            20U);
}

// A process that ends without a word is one whose Intake is gone without Close.
TEST_F(IntakeTest, WhatWasSyncedSurvivesTheEndOfTheProcess) {
  {
    const auto intake = Open();
    ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
    ASSERT_TRUE(intake->Sync().ok());
  }
  Open();
  EXPECT_EQ(Stored(), "10");
}

TEST_F(IntakeTest, ABatchThatWasCutShortInTheJournalComesAgain) {
  {
    const auto intake = Open();
    ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
    ASSERT_TRUE(intake->Sync().ok());
    ASSERT_TRUE(intake->Take(kSender, TestMessage(2, 11, 20)).ok());
  }
  const std::string journal = options_.folder + "/journal";
  std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 5);
  const auto intake = Open();
  EXPECT_EQ(Stored(), "10");
  const auto again = intake->Take(kSender, TestMessage(1, 11, 20));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->stored, 10);
}

TEST_F(IntakeTest, ABatchForSomebodyElseIsRefusedWholeAndWrittenDown) {
  const auto intake = Open();
  const std::string text = TestLine(1) + TestLine(2, kVictim);
  const auto lie = intake->Take(kSender, *EncodeBatch(1, 2, text));
  EXPECT_TRUE(absl::IsPermissionDenied(lie.status()));
  EXPECT_EQ(intake->stats().batches_foreign, 1);
  EXPECT_EQ(intake->stats().lines_foreign, 2);
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_EQ(Stored(), "0");
  EXPECT_EQ(Ask("SELECT sender || ' ' || claimed || ' ' || lines FROM findings"),
            absl::StrCat(kSender, " ", kVictim, " 2"));
}

TEST_F(IntakeTest, ALiarCannotMakeTheLinesOfAnotherSeemKnown) {
  const auto intake = Open();
  ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
  const auto honest = intake->Take(kVictim, TestMessage(1, 1, 10, kVictim));
  ASSERT_TRUE(honest.ok());
  EXPECT_EQ(honest->stored, 10);
}

TEST_F(IntakeTest, NonsenseIsRefusedAndCounted) {
  const auto intake = Open();
  EXPECT_TRUE(absl::IsInvalidArgument(intake->Take(kSender, "nonsense").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(intake->Take(kSender, *EncodeBatch(1, 1, "{}\n")).status()));
  EXPECT_EQ(intake->stats().batches_unreadable, 2);
}

TEST_F(IntakeTest, AFullDiskGivesNoReceiptAndLosesNothingThatHadOne) {
  const auto intake = Open();
  ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
  ASSERT_TRUE(intake->Sync().ok());
  {
    const flows::SizeLimit limit(intake->journal_bytes() + 20);
    EXPECT_TRUE(absl::IsUnavailable(intake->Take(kSender, TestMessage(2, 11, 20)).status()));
    EXPECT_FALSE(intake->ready());
    EXPECT_TRUE(absl::IsUnavailable(intake->Sync()));
    EXPECT_TRUE(absl::IsUnavailable(intake->Take(kSender, TestMessage(2, 11, 20)).status()));
  }
  intake->Tend();
  ASSERT_TRUE(intake->ready());
  const auto again = intake->Take(kSender, TestMessage(1, 11, 20));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->stored, 10);
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_EQ(Stored(), "20");
}

TEST_F(IntakeTest, AJournalThatGrowsIsFlushedBeforeItsTime) {
  options_.max_journal_bytes = 500;
  const auto intake = Open();
  for (uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(intake->Take(kSender, TestMessage(i + 1, i * 10 + 1, i * 10 + 10)).ok());
    EXPECT_LT(intake->journal_bytes(), 2'000);
  }
  EXPECT_GT(intake->stats().flushes, 5);
}

TEST_F(IntakeTest, RetentionDeletesWhatIsPastAndNothingElse) {
  options_.retention.max_age = absl::Hours(1);
  const auto intake = Open();
  absl::Time time;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, "2025-11-22T10:30:00Z", &time, nullptr));
  clock_.JumpWall(time - clock_.WallNow());
  ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
  clock_.Advance(absl::Minutes(2));
  intake->Tend();
  EXPECT_EQ(Stored(), "10");
  EXPECT_EQ(intake->stats().retired_rows, 0);
  clock_.Advance(absl::Hours(1));
  intake->Tend();
  EXPECT_EQ(Stored(), "0");
  EXPECT_EQ(intake->stats().retired_rows, 10);
}

TEST_F(IntakeTest, RetentionRunsHoweverOftenTheJournalIsFull) {
  options_.retention.max_age = absl::Hours(1);  // the lines are older
  options_.max_journal_bytes = 500;
  const auto intake = Open();
  for (uint64_t i = 0; i < 20; ++i) {
    for (const uint64_t n : {2 * i, 2 * i + 1}) {
      ASSERT_TRUE(intake->Take(kSender, TestMessage(n + 1, n * 10 + 1, n * 10 + 10)).ok());
    }
    clock_.Advance(absl::Seconds(9));  // never as long as a flush may wait
    intake->Tend();
  }
  EXPECT_GT(intake->stats().flushes, 10);
  EXPECT_GT(intake->stats().retired_segments, 5);
}

// The disk takes no segment, and so the journal cannot be emptied; what is past its time goes all
// the same, for it may be what fills the disk.
TEST_F(IntakeTest, AFullDiskKeepsNothingBeyondItsTime) {
  options_.retention.max_age = absl::Hours(24 * 365 * 10);
  {
    const auto intake = Open();
    for (uint64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(intake->Take(kSender, TestMessage(i + 1, i * 10 + 1, i * 10 + 10)).ok());
      clock_.Advance(absl::Seconds(10));
      intake->Tend();
    }
    ASSERT_EQ(Ask("SELECT count(*) FROM segments"), "3");
    ASSERT_TRUE(intake->Take(kSender, LargeMessage(1)).ok());
    ASSERT_TRUE(intake->Sync().ok());
  }
  options_.retention.max_age = absl::Hours(24);
  {
    const flows::SizeLimit limit(400'000);  // room for the catalog, and not for the segment
    EXPECT_FALSE(Intake::Open(options_, clock_).ok());
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM segments"), "0");
  const auto intake = Open();
  EXPECT_EQ(Stored(), "64");
}

// Retention is not due while this goes on, and would be enough for all of it.
TEST_F(IntakeTest, ADiskThatIsFullOfWhatIsPastIsFreedOfItAndTakesOn) {
  options_.folder = folder_.Path("disk/store");
  options_.retention.max_age = absl::Hours(24);
  options_.retain_every = absl::Hours(24);
  const auto fill = [this] {
    const auto intake = Open();
    for (uint64_t i = 1; i <= 20; ++i) {
      bool taken = false;
      for (int tries = 0; tries < 10 && !taken; ++tries) {
        taken = intake->Take(kSender, LargeMessage(i)).ok() && intake->Sync().ok();
        clock_.Advance(absl::Seconds(30));
        intake->Tend();
      }
      ASSERT_TRUE(taken) << i;
    }
    EXPECT_GT(intake->stats().failures, 0) << "the disk was never full";
    EXPECT_GT(intake->stats().retired_segments, 3);
  };
  mkdir(folder_.Path("disk").c_str(), 0700);
  const tests::OnDisk result = tests::OnSmallDisk(folder_.Path("disk"), "5m", fill);
  if (result == tests::OnDisk::kNoDisk) GTEST_SKIP() << "no disk can be mounted here";
  EXPECT_EQ(result, tests::OnDisk::kHeld);
}

TEST_F(IntakeTest, AStoreThatStaysAwayIsTriedLessAndLessOften) {
  const auto intake = Open();
  ASSERT_TRUE(intake->Take(kSender, LargeMessage(1)).ok());
  ASSERT_TRUE(intake->Sync().ok());
  clock_.Advance(absl::Seconds(10));
  absl::Duration away;
  {
    const flows::SizeLimit limit(400'000);
    intake->Tend();
    ASSERT_FALSE(intake->ready());
    for (; away < absl::Minutes(2); away += absl::Milliseconds(500)) {
      clock_.Advance(absl::Milliseconds(500));
      intake->Tend();
    }
    ASSERT_FALSE(intake->ready());
  }
  clock_.Advance(absl::Milliseconds(500));
  intake->Tend();
  EXPECT_FALSE(intake->ready()) << "not every half second";
  for (absl::Duration wait; !intake->ready() && wait < absl::Seconds(31);
       wait += absl::Seconds(1)) {
    clock_.Advance(absl::Seconds(1));
    intake->Tend();
  }
  EXPECT_TRUE(intake->ready());
  EXPECT_EQ(Stored(), "64");
}

TEST_F(IntakeTest, AJournalThatWasDamagedIsKeptForPeopleToLookAt) {
  {
    const auto intake = Open();
    ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 1, 10)).ok());
    ASSERT_TRUE(intake->Take(kSender, TestMessage(2, 11, 20)).ok());
    ASSERT_TRUE(intake->Sync().ok());
  }
  const std::string journal = options_.folder + "/journal";
  {
    std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(flows::kFrameHeaderBytes + 10);
    file.write("\x7f\x7f\x7f\x7f", 4);
  }
  const auto intake = Open();
  EXPECT_EQ(Stored(), "10");
  EXPECT_EQ(intake->stats().journal_damaged_places, 1);
  EXPECT_TRUE(std::filesystem::exists(journal + ".damaged"));
  ASSERT_TRUE(intake->Take(kSender, TestMessage(1, 21, 30)).ok());
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_EQ(Stored(), "20");
}

// Whoever has an SVID may say whom it talked to; what that costs is its own.
TEST_F(IntakeTest, AReporterThatMakesUpNamesFillsItsOwnShareAlone) {
  options_.retention.max_bytes = 1;  // the least there is: 2 MiB of names a day
  const auto intake = Open();
  for (uint64_t batch = 0; batch < 20; ++batch) {
    std::string text;
    for (uint64_t i = batch * 100 + 1; i <= batch * 100 + 100; ++i) {
      absl::StrAppend(&text,
                      absl::StrReplaceAll(TestLine(i),
                                          {{"shop.example/ns/shop/sa/web",
                                            absl::StrCat("d/", i, "/", std::string(1'500, 'x'))}}));
    }
    ASSERT_TRUE(intake->Take(kSender, *EncodeBatch(batch + 1, 100, text)).ok());
  }
  ASSERT_TRUE(intake->Take(kVictim, TestMessage(1, 1, 10, kVictim)).ok());
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(intake->Close().ok());
  EXPECT_GT(intake->stats().catalog_among_others, 1'000);
  EXPECT_EQ(Ask("SELECT count(*) < 800 FROM identities"), "1");
  EXPECT_EQ(Ask("SELECT sum(connections) FROM edges"), "2010");
  EXPECT_EQ(Ask(absl::StrCat("SELECT sum(connections) FROM edges WHERE source = "
                             "'shop.example/ns/shop/sa/web' AND destination = '",
                             kVictim, "'")),
            "10");
  EXPECT_EQ(Ask("SELECT DISTINCT sender FROM findings WHERE kind = 'CATALOG'"), kSender);
}

TEST_F(IntakeTest, ASecondCollectorOnTheSameStoreIsRefused) {
  const auto intake = Open();
  EXPECT_FALSE(Intake::Open(options_, clock_).ok());
}

}  // namespace
}  // namespace firebreak::collector
