#include "flows/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/match.h"

#include "base/simulated_clock.h"
#include "flows/testing.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

constexpr size_t kAll = size_t{1} << 30;

// NoMoreFiles keeps this process from opening any.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  rlimit before_{};
};

class SpoolTest : public testing::Test {
 protected:
  // Open begins a run; the spool of the one before must be gone.
  std::unique_ptr<Spool> Open(SpoolOptions options = {}) {
    options.folder = folder_.Path("spool");
    losses_ = std::make_unique<LossLedger>("test");
    auto spool = Spool::Open(std::move(options), ++run_, *losses_, clock_);
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }

  // TakeAll empties a spool.
  static std::string TakeAll(Spool& spool, size_t at_once = kAll) {
    std::string text;
    while (true) {
      const auto front = spool.Front(at_once);
      EXPECT_TRUE(front.ok()) << front.status();
      if (!front.ok() || !front->has_value()) return text;
      text += (*front)->batch.text;
      spool.Acknowledge(**front);
    }
  }

  std::vector<std::string> Segments() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.Path("spool"))) {
      if (entry.path().extension() == ".segment") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  uint64_t Lost(LostCause cause) const {
    SinkStats stats;
    losses_->AddTotals(&stats);
    return stats.lines_lost[static_cast<size_t>(cause)];
  }

  const tests::TempFolder folder_;
  SimulatedClock clock_;
  std::unique_ptr<LossLedger> losses_;
  uint64_t run_ = 0;
};

TEST_F(SpoolTest, AFailureOfAnotherKindThanAFullDiskCostsNothingThatIsThere) {
  std::string expected;
  {
    const auto spool = Open({.segment_bytes = 1});
    for (uint64_t i = 1; i <= 5; ++i) {
      ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
      expected += TestBatch(i).text;
    }
  }
  const auto spool = Open();
  {
    const NoMoreFiles no_more_files;
    EXPECT_FALSE(spool->Append(TestBatch(1)).ok());
    EXPECT_FALSE(spool->Front(kAll).ok()) << "not now";
  }
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U);
  EXPECT_EQ(TakeAll(*spool), expected);
  EXPECT_EQ(Lost(LostCause::kSpoolDamaged), 0U);
}

TEST_F(SpoolTest, GivesBackInOrderWhatItTook) {
  const auto spool = Open({.segment_bytes = 2'000});
  std::string expected;
  for (uint64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
    expected += TestBatch(i).text;
  }
  EXPECT_GT(Segments().size(), 3U);
  EXPECT_GT(spool->bytes(), 0U);
  EXPECT_EQ(TakeAll(*spool, /*at_once=*/1), expected);
  EXPECT_EQ(spool->bytes(), 0U);
  EXPECT_TRUE(Segments().empty());
  EXPECT_EQ(spool->lag(), absl::ZeroDuration());
}

TEST_F(SpoolTest, KeepsWhatWasNotAcknowledgedAcrossAKill) {
  {
    const auto spool = Open({.segment_bytes = 2'000});
    for (uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
    ASSERT_TRUE(spool->Front(1)->has_value());  // given out, and nobody says that it arrived
  }
  const auto spool = Open();
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  std::string expected;
  for (uint64_t i = 1; i <= 20; ++i) expected += TestBatch(i).text;
  const std::optional<Spool::Piece> first = spool->Front(1).value();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(first->own_run);
  spool->Acknowledge(*first);
  EXPECT_EQ(first->batch.text + TakeAll(*spool), expected + TestBatch(1).text);
  EXPECT_TRUE(losses_->Take().empty());
}

TEST_F(SpoolTest, IsOfOneProcessAlone) {
  const auto spool = Open();
  LossLedger losses("other");
  const auto second = Spool::Open({.folder = folder_.Path("spool")}, 9, losses, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr("another process"));
}

TEST_F(SpoolTest, DropsTheOldestWhenItIsFullAndSaysWhich) {
  const auto spool = Open({.max_bytes = 8'000, .segment_bytes = 2'000});
  for (uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  EXPECT_LE(spool->bytes(), 8'000U);
  const std::vector<Loss> losses = losses_->Take();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].cause, LostCause::kSpoolFull);
  EXPECT_EQ(losses[0].first_sequence, 1U);
  EXPECT_EQ(losses[0].last_sequence, losses[0].count);
  std::string rest;
  for (uint64_t i = losses[0].count + 1; i <= 50; ++i) rest += TestBatch(i).text;
  EXPECT_EQ(TakeAll(*spool), rest);
}

TEST_F(SpoolTest, DropsWhatIsTooOld) {
  const auto spool = Open({.max_age = absl::Hours(1), .segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  clock_.Advance(absl::Minutes(50));
  ASSERT_TRUE(spool->Append(TestBatch(2)).ok());
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(TakeAll(*spool), TestBatch(2).text);
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U);
}

TEST_F(SpoolTest, WhatIsGivenOutIsNotDroppedForRoomSoThatNoLineIsBothLostAndDelivered) {
  const auto spool = Open({.max_bytes = 8'000, .segment_bytes = 2'000});
  for (uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  const std::optional<Spool::Piece> piece = spool->Front(1).value();
  ASSERT_TRUE(piece.has_value());
  for (uint64_t i = 6; i <= 50; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  EXPECT_LE(spool->bytes(), 8'000U);
  spool->Acknowledge(*piece);
  EXPECT_EQ(piece->batch.text, TestBatch(1).text);
  const std::string rest = TakeAll(*spool);
  EXPECT_EQ(rest.substr(0, TestBatch(2).text.size()), TestBatch(2).text) << "of the same segment";
  const auto delivered = 1 + static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
  EXPECT_EQ(delivered + Lost(LostCause::kSpoolFull), 50U);
}

TEST_F(SpoolTest, WhatIsGivenOutDoesNotGrowTooOld) {
  const auto spool = Open({.max_age = absl::Hours(1), .segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  ASSERT_TRUE(spool->Append(TestBatch(2)).ok());
  const std::optional<Spool::Piece> piece = spool->Front(1).value();
  ASSERT_TRUE(piece.has_value());
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(spool->Append(TestBatch(3)).ok());
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U) << "the second alone";
  spool->Acknowledge(*piece);
  EXPECT_EQ(TakeAll(*spool), TestBatch(3).text);
}

TEST_F(SpoolTest, ASpoolOfWhatIsGivenOutAloneTakesMore) {
  const auto spool = Open({.max_bytes = 1, .segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  const std::optional<Spool::Piece> piece = spool->Front(1).value();
  ASSERT_TRUE(piece.has_value());
  for (uint64_t i = 2; i <= 9; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  EXPECT_EQ(Segments().size(), 2U);
  spool->Acknowledge(*piece);
  EXPECT_EQ(TakeAll(*spool), TestBatch(9).text);
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 7U);
}

TEST_F(SpoolTest, AClockThatIsSetBackDropsNothing) {
  const auto spool = Open({.max_age = absl::Hours(1)});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  clock_.JumpWall(-absl::Hours(48));
  EXPECT_EQ(TakeAll(*spool), TestBatch(1).text);
}

TEST_F(SpoolTest, AClockThatJumpsAheadDropsNothingThatIsYoung) {
  const auto spool = Open({.max_age = absl::Hours(1), .segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  clock_.JumpWall(absl::Hours(24 * 3'650));
  ASSERT_TRUE(spool->Append(TestBatch(2)).ok());
  EXPECT_EQ(spool->lag(), absl::ZeroDuration());
  EXPECT_EQ(TakeAll(*spool), TestBatch(1).text + TestBatch(2).text);
  EXPECT_TRUE(losses_->Take().empty());
}

TEST_F(SpoolTest, AClockThatIsSetBackKeepsNothingForLonger) {
  const auto spool = Open({.max_age = absl::Hours(1), .segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  clock_.JumpWall(-absl::Hours(48));
  clock_.Advance(absl::Minutes(50));
  EXPECT_EQ(spool->lag(), absl::Minutes(50));
  ASSERT_TRUE(spool->Append(TestBatch(2)).ok());
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(TakeAll(*spool), TestBatch(2).text);
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U);
}

// Of what an earlier process has left nobody knows how long ago that was, if the clock was set
// meanwhile: it has an hour to be delivered, and never more than what is new.
TEST_F(SpoolTest, WhatAnEarlierProcessLeftHasAnHourWhateverTheClockSays) {
  const SpoolOptions options{.max_age = absl::Hours(10)};
  for (const absl::Duration jump : {absl::Hours(24 * 3'650), -absl::Hours(24 * 3'650)}) {
    {
      const auto spool = Open(options);
      ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
    }
    clock_.JumpWall(jump);
    {
      const auto spool = Open(options);
      clock_.Advance(absl::Minutes(59));
      ASSERT_TRUE(spool->Front(kAll)->has_value()) << jump;
    }
    const auto spool = Open(options);
    clock_.Advance(absl::Hours(10) + absl::Minutes(1));
    EXPECT_FALSE(spool->Front(kAll)->has_value()) << jump;
    EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U) << jump;
  }
}

TEST_F(SpoolTest, WhatAnEarlierProcessLeftGoesOnAgeing) {
  const SpoolOptions options{.max_age = absl::Hours(10)};
  {
    const auto spool = Open(options);
    ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
    clock_.Advance(absl::Hours(6));
  }
  const auto spool = Open(options);
  EXPECT_EQ(spool->lag(), absl::Hours(6));
  clock_.Advance(absl::Hours(4) + absl::Minutes(1));
  EXPECT_FALSE(spool->Front(kAll)->has_value());
}

TEST_F(SpoolTest, AFileThatMayNotGrowCostsOnlyWhatDidNotFit) {
  const auto spool = Open({.segment_bytes = 1});
  ASSERT_TRUE(spool->Append(TestBatch(1)).ok());
  {
    const SizeLimit full(100);  // of each file: less than a frame
    EXPECT_FALSE(spool->Append(TestBatch(2)).ok());
  }
  EXPECT_EQ(Lost(LostCause::kSpoolFull), 1U);
  ASSERT_TRUE(spool->Append(TestBatch(3)).ok());
  EXPECT_EQ(TakeAll(*spool), TestBatch(1).text + TestBatch(3).text);
}

TEST_F(SpoolTest, AFullDiskCostsTheOldest) {
  const auto write_all = [this] {
    const auto spool = Open({.segment_bytes = 1});
    std::string all;
    for (uint64_t i = 1; i <= 100; ++i) {
      const Batch batch = TestBatch(i);
      EXPECT_TRUE(spool->Append(batch).ok()) << i;
      all += batch.text;
    }
    EXPECT_GT(Lost(LostCause::kSpoolFull), 0U);
    const std::string kept = TakeAll(*spool);
    EXPECT_FALSE(kept.empty());
    EXPECT_TRUE(absl::EndsWith(all, kept)) << "the newest are there";
  };
  const tests::OnDisk result = tests::OnSmallDisk(folder_.Path("spool"), "32k", write_all);
  if (result == tests::OnDisk::kNoDisk) GTEST_SKIP() << "no disk can be mounted here";
  EXPECT_EQ(result, tests::OnDisk::kHeld);
}

TEST_F(SpoolTest, CutAtAnyByteGivesBackEveryWholeBatchAndAccountsForTheRest) {
  std::string bytes;
  std::set<size_t> edges = {0};
  {
    const auto spool = Open();
    for (uint64_t i = 1; i <= 3; ++i) {
      ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
      edges.insert(spool->bytes());
    }
  }
  const std::string path = Segments().at(0);
  std::ifstream file(path, std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(file), {});
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes.substr(0, cut);
    const auto spool = Open();
    const std::string text = TakeAll(*spool);
    size_t whole = 0;
    std::string expected;
    while (text.size() > expected.size()) expected += TestBatch(++whole).text;
    ASSERT_EQ(text, expected) << "cut at " << cut;
    const uint64_t damaged = edges.count(cut) > 0 ? 0 : 1;
    ASSERT_EQ(Lost(LostCause::kSpoolDamaged), damaged) << "cut at " << cut;
    ASSERT_TRUE(Segments().empty());
  }
}

TEST_F(SpoolTest, DamageCostsItsOwnBatchAndTheLossIsSaid) {
  {
    const auto spool = Open();
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  }
  {
    std::fstream file(Segments().at(0), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(Segments().at(0)) / 2));
    file.put('\0');
    file.put('\0');
  }
  const auto spool = Open();
  EXPECT_EQ(TakeAll(*spool), TestBatch(1).text + TestBatch(3).text);
  EXPECT_EQ(Lost(LostCause::kSpoolDamaged), 1U);
}

TEST_F(SpoolTest, ASegmentThatCannotBeReadForLongLetsTheNextOneThrough) {
  const auto spool = Open({.segment_bytes = 1});
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(spool->Append(TestBatch(i)).ok());
  const std::string first = Segments().at(0);
  std::filesystem::remove(first);
  std::filesystem::create_directories(first + "/inner");  // it opens, and is not to be read
  EXPECT_FALSE(spool->Front(kAll).ok());
  clock_.Advance(absl::Seconds(59));
  EXPECT_FALSE(spool->Front(kAll).ok()) << "it may come back";
  EXPECT_EQ(Lost(LostCause::kSpoolDamaged), 0U);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(TakeAll(*spool), TestBatch(2).text + TestBatch(3).text);
  EXPECT_EQ(Lost(LostCause::kSpoolDamaged), 1U);
}

TEST_F(SpoolTest, SetsAsideUpToABound) {
  const auto spool = Open();
  const std::string lines(Spool::kMaxAsideBytes / 2, 'x');
  EXPECT_TRUE(spool->SetAside(lines).ok());
  EXPECT_TRUE(spool->SetAside(lines).ok());
  EXPECT_FALSE(spool->SetAside("one more\n").ok());
}

}  // namespace
}  // namespace firebreak::flows
