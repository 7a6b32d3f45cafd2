#include "store/flow_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "flows/testing.h"
#include "store/catalog.h"
#include "store/stored_flows.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

using ::testing::HasSubstr;

class FlowStoreTest : public testing::Test {
 protected:
  FlowStore Open() {
    auto store = FlowStore::Open(path_, clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  void Fill(FlowStore& store, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i) {
      flows::Flow flow = NumberedFlow(i);
      ASSERT_TRUE(store.Add(flow).ok());
    }
  }
  int64_t Count(const std::string& sql) {
    const auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadOnly);
    auto statement = Statement::Prepare(*catalog, sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    EXPECT_TRUE(*statement->Step());
    return statement->Number(0);
  }
  size_t Files() {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path_ + "/segments")) {
      count += entry.path().extension() == ".seg" ? 1 : 0;
    }
    return count;
  }

  // A segment of so many flows from `from` on, and nothing else.
  void FillSegment(FlowStore& store, uint64_t from, uint64_t count) {
    Fill(store, from, from + count);
    ASSERT_TRUE(store.Flush().ok());
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  // Of the first 4,000 flows all are as old, for who sorts them by age: see AgeStep.
  SimulatedClock clock_{kTestStart + absl::Seconds(5'000)};
};

TEST_F(FlowStoreTest, KeepsWhatWasFlushedAndCountsItOnce) {
  {
    FlowStore store = Open();
    Fill(store, 0, 100);
    ASSERT_TRUE(store.Flush().ok());
    EXPECT_EQ(store.rows(), 100);
    Fill(store, 100, 150);  // never flushed
  }
  FlowStore store = Open();
  EXPECT_EQ(Count("SELECT sum(rows) FROM segment"), 100);
  EXPECT_EQ(Count("SELECT sum(requests) FROM edge_minute"), 100);
  EXPECT_EQ(Count("SELECT count(*) FROM party"), 13);
  EXPECT_EQ(Count("SELECT last_sequence FROM received"), 100);
}

TEST_F(FlowStoreTest, KnowsLinesThatCameBeforeAlsoAfterAStart) {
  for (int start = 0; start < 3; ++start) {
    FlowStore store = Open();
    for (uint64_t i = 0; i < 50; ++i) {
      flows::Flow flow = NumberedFlow(i);
      const auto added = store.Add(flow);
      ASSERT_TRUE(added.ok());
      EXPECT_EQ(*added == FlowStore::Added::kNew, start == 0);
    }
    ASSERT_TRUE(store.Flush().ok());
  }
  EXPECT_EQ(Count("SELECT sum(rows) FROM segment"), 50);
  EXPECT_EQ(Count("SELECT count(*) FROM received"), 1);
}

TEST_F(FlowStoreTest, LinesAboutTheLogAreKnownAndAreNoRows) {
  FlowStore store = Open();
  flows::Flow head = NumberedFlow(0);
  head.event = "HEAD";
  flows::Flow lost = NumberedFlow(1);
  lost.event = "LOST";
  lost.lost.count = 4;
  lost.lost.cause = "RING_FULL";
  ASSERT_TRUE(store.Add(head).ok());
  ASSERT_TRUE(store.Add(lost).ok());
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(*store.Add(head), FlowStore::Added::kDuplicate);
  EXPECT_EQ(Count("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Count("SELECT count FROM loss"), 4);
  EXPECT_EQ(Count("SELECT last_sequence FROM received"), 2);
}

TEST_F(FlowStoreTest, LacksWhatItsOwnSinkLostAndNoOther) {
  const auto lacks = [this] {
    return *LostRecords(path_, absl::InfinitePast(), absl::InfiniteFuture());
  };
  const auto fill = [this](absl::string_view sink) {
    auto store = FlowStore::Open(path_, clock_, sink);
    for (const auto& [loser, count] : {std::pair<std::string, uint64_t>{"", 1},
                                       {"file", 20},
                                       {"collector", 300},
                                       {"siem", 4'000}}) {
      flows::Flow lost = NumberedFlow(count);
      lost.event = "LOST";
      lost.lost.count = count;
      lost.lost.sink = loser;
      ASSERT_TRUE(store->Add(lost).ok());
    }
    ASSERT_TRUE(store->Flush().ok());
  };
  fill("collector");
  EXPECT_EQ(lacks(), 301U);
  auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadWrite);
  ASSERT_TRUE(catalog->Run("DROP TABLE filled_by").ok());  // as an older writer leaves it
  EXPECT_EQ(lacks(), 321U);
  fill("file");
  EXPECT_EQ(lacks(), 21U);
}

TEST_F(FlowStoreTest, ASecondWriterIsRefused) {
  const FlowStore store = Open();
  const auto second = FlowStore::Open(path_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("somebody else writes"));
}

TEST_F(FlowStoreTest, AFullSegmentIsWrittenByItself) {
  FlowStore store = Open();
  for (uint64_t i = 0; i <= kMaxSegmentRows; ++i) {
    flows::Flow flow = NumberedFlow(i);
    flow.time = kTestStart;  // of one time, and so in one segment
    ASSERT_TRUE(store.Add(flow).ok());
  }
  EXPECT_EQ(store.rows(), kMaxSegmentRows);
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Files(), 2);
}

TEST_F(FlowStoreTest, RetainsByAgeAndBySizeTheOldestGoingFirst) {
  FlowStore store = Open();
  for (uint64_t part = 0; part < 4; ++part) FillSegment(store, part * 1'000, 1'000);
  auto retired = store.Retain({.max_age = absl::Seconds(4'500)});
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(retired->segments, 0) << "its last row is younger";
  retired = store.Retain({.max_age = absl::Seconds(3'500)});
  EXPECT_EQ(retired->segments, 1);
  EXPECT_EQ(retired->rows, 1'000);
  EXPECT_EQ(Count("SELECT min(id) FROM segment"), 2);
  retired = store.Retain({.max_bytes = store.bytes() / 3 + 100});
  EXPECT_EQ(retired->segments, 2);
  EXPECT_EQ(Files(), 1);
  EXPECT_EQ(Count("SELECT sum(requests) FROM edge_minute"), 4'000) << "edges are kept for longer";
  ASSERT_TRUE(store.Retain({.max_edge_age = absl::Seconds(2'000)}).ok());
  EXPECT_LT(Count("SELECT sum(requests) FROM edge_minute"), 1'100);
  flows::Flow old = NumberedFlow(0);
  EXPECT_EQ(*store.Add(old), FlowStore::Added::kDuplicate) << "what is gone does not come back";
}

// One line that says it is of the year 9999 keeps neither the rows beside it beyond their time, nor
// those that came before it from going first.
TEST_F(FlowStoreTest, ALineOfTheFutureIsKeptForNoLongerThanOthers) {
  FlowStore store = Open();
  FillSegment(store, 0, 1'000);
  flows::Flow liar = NumberedFlow(0, "00112233445566bb");
  liar.time = absl::FromUnixSeconds(253'402'300'799);
  ASSERT_TRUE(store.Add(liar).ok());
  FillSegment(store, 1'000, 1'000);
  clock_.Advance(absl::Seconds(10));
  FillSegment(store, 6'000, 1'000);
  auto retired = store.Retain({.max_bytes = store.bytes()});  // a quarter is the catalog's
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(Count("SELECT min(id) FROM segment"), 2);
  clock_.Advance(absl::Hours(1) - absl::Seconds(9));
  retired = store.Retain({.max_age = absl::Hours(1)});
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(retired->rows, 1'001);
  EXPECT_EQ(Count("SELECT min(id) FROM segment"), 4);
}

TEST_F(FlowStoreTest, AStoreOfTheFirstVersionGoesOn) {
  {
    FlowStore store = Open();
    FillSegment(store, 0, 1'000);
    FillSegment(store, 1'000, 1'000);
  }
  {
    auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadWrite);
    ASSERT_TRUE(catalog
                    ->Run("DROP INDEX segment_ages; ALTER TABLE segment DROP COLUMN ages_from_us; "
                          "PRAGMA user_version = 1")
                    .ok());
  }
  FlowStore store = Open();
  FillSegment(store, 2'000, 1'000);
  const auto retired = store.Retain({.max_age = absl::Seconds(3'500)});
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(retired->segments, 1);
  EXPECT_EQ(Count("SELECT min(id) FROM segment"), 2);
}

TEST_F(FlowStoreTest, ARunThatHasNotGrownForLongIsForgotten) {
  FlowStore store = Open();
  FillSegment(store, 0, 10);
  const Retention retention{.max_run_age = absl::Hours(24)};
  clock_.Advance(absl::Hours(23));
  ASSERT_TRUE(store.Retain(retention).ok());
  flows::Flow flow = NumberedFlow(5);
  EXPECT_EQ(*store.Add(flow), FlowStore::Added::kDuplicate);
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(store.Retain(retention).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM received"), 0);
  EXPECT_EQ(*store.Add(flow), FlowStore::Added::kNew);
}

TEST_F(FlowStoreTest, ARunThatGrowsAgainBeforeItIsForgottenIsKnownOn) {
  FlowStore store = Open();
  FillSegment(store, 0, 10);
  clock_.Advance(absl::Hours(25));
  Fill(store, 10, 20);  // not flushed when retention runs
  ASSERT_TRUE(store.Retain({.max_run_age = absl::Hours(24)}).ok());
  flows::Flow flow = NumberedFlow(5);
  EXPECT_EQ(*store.Add(flow), FlowStore::Added::kDuplicate);
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT last_sequence - first_sequence + 1 FROM received"), 20);
}

TEST_F(FlowStoreTest, ARunWithAGapIsKnownWholeAsLongAsItGrows) {
  {
    FlowStore store = Open();
    FillSegment(store, 0, 10);
    clock_.Advance(absl::Hours(25));
    FillSegment(store, 15, 10);
    ASSERT_TRUE(store.Retain({.max_run_age = absl::Hours(24)}).ok());
  }
  EXPECT_EQ(Count("SELECT count(*) FROM received"), 2);
  FlowStore store = Open();
  flows::Flow flow = NumberedFlow(5);
  EXPECT_EQ(*store.Add(flow), FlowStore::Added::kDuplicate);
  clock_.Advance(absl::Hours(25));
  ASSERT_TRUE(store.Retain({.max_run_age = absl::Hours(24)}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM received"), 0);
}

TEST_F(FlowStoreTest, WhatTheCatalogAddsUpIsForgottenInItsTimeWithWhoeverIsInNothingElse) {
  FlowStore store = Open();
  flows::Flow rollup = NumberedFlow(0, "00112233445566bb");
  rollup.event = "ROLLUP";
  flows::Flow lost = NumberedFlow(1, "00112233445566bb");
  lost.event = "LOST";
  flows::Flow passer_by = NumberedFlow(2, "00112233445566bb");
  passer_by.source.principal = "d/ns/shop/sa/passer-by";
  for (const flows::Flow& flow : {rollup, lost, passer_by}) ASSERT_TRUE(store.Add(flow).ok());
  ASSERT_TRUE(store.Flush().ok());
  FillSegment(store, 3'000, 1'000);
  const Retention sums{.max_edge_age = absl::Seconds(3'000)};
  ASSERT_TRUE(store.Retain(sums).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM edge_report"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM loss"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM party"), 14) << "the first segment names the passer-by";
  ASSERT_TRUE(store.Retain({.max_age = absl::Seconds(3'000)}).ok());
  ASSERT_TRUE(store.Retain(sums).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM party"), 13);
  EXPECT_EQ(Count("SELECT sum(requests) FROM edge_minute AS e JOIN party AS s ON s.id = e.source "
                  "JOIN party AS d ON d.id = e.destination"),
            1'000);
}

TEST_F(FlowStoreTest, FindingsAddUpByTheMinuteAndGoWithTheEdges) {
  FlowStore store = Open();
  const Finding finding{.time = kTestStart,
                        .kind = "IDENTITY",
                        .sender = "d/liar",
                        .claimed = "d/victim",
                        .detail = "line 1",
                        .lines = 3};
  store.AddFinding(finding);
  ASSERT_TRUE(store.Flush().ok());
  store.AddFinding(finding);
  for (size_t i = 0; i < 2 * Findings::kMaxApart; ++i) {
    Finding other = finding;
    other.claimed = absl::StrCat("d/victim", i);
    store.AddFinding(other);
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT lines FROM finding WHERE claimed = 'd/victim'"), 6);
  EXPECT_EQ(Count("SELECT count(*) FROM finding"), Findings::kMaxApart + 1);
  EXPECT_EQ(Count("SELECT sum(batches) FROM finding"), 2 * Findings::kMaxApart + 2);
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(store.Retain({.max_edge_age = absl::Hours(1)}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM finding"), 0);
}

TEST_F(FlowStoreTest, DeletesTheFileThatACrashLeftAndNothingElse) {
  {
    FlowStore store = Open();
    Fill(store, 0, 10);
    ASSERT_TRUE(store.Flush().ok());
  }
  std::ofstream(path_ + "/segments/2.seg") << "half";
  std::ofstream(path_ + "/segments/notes.txt") << "mine";
  std::ofstream(path_ + "/segments/x.seg") << "mine";
  Open();
  EXPECT_FALSE(std::filesystem::exists(path_ + "/segments/2.seg"));
  EXPECT_TRUE(std::filesystem::exists(path_ + "/segments/notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(path_ + "/segments/1.seg"));
}

TEST_F(FlowStoreTest, DeletesNoSegmentsThatTheCatalogCannotKnowOf) {
  {
    FlowStore store = Open();
    Fill(store, 0, 10);
    ASSERT_TRUE(store.Flush().ok());
  }
  std::filesystem::copy(CatalogPath(path_), folder_.Path("old.db"));
  {
    FlowStore store = Open();
    for (uint64_t part = 1; part < 4; ++part) {
      Fill(store, part * 10, part * 10 + 10);
      ASSERT_TRUE(store.Flush().ok());
    }
  }
  std::filesystem::rename(CatalogPath(path_), folder_.Path("right.db"));
  for (int start = 0; start < 2; ++start) {
    const auto without = FlowStore::Open(path_, clock_);
    EXPECT_TRUE(absl::IsFailedPrecondition(without.status())) << without.status();
    EXPECT_THAT(std::string(without.status().message()), HasSubstr("import the logs again"));
  }
  std::filesystem::copy_file(folder_.Path("old.db"), CatalogPath(path_),
                             std::filesystem::copy_options::overwrite_existing);
  const auto with_older = FlowStore::Open(path_, clock_);
  EXPECT_TRUE(absl::IsFailedPrecondition(with_older.status())) << with_older.status();
  EXPECT_EQ(Files(), 4);
  std::filesystem::copy_file(folder_.Path("right.db"), CatalogPath(path_),
                             std::filesystem::copy_options::overwrite_existing);
  Open();
  EXPECT_EQ(Count("SELECT sum(rows) FROM segment"), 40);
  EXPECT_EQ(Files(), 4);
}

TEST_F(FlowStoreTest, ACatalogOfALaterVersionIsNotWrittenTo) {
  Open();
  {
    auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadWrite);
    ASSERT_TRUE(catalog->Run("PRAGMA user_version = 99").ok());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(FlowStore::Open(path_, clock_).status()));
}

TEST_F(FlowStoreTest, NobodyMakesAnothersLinesLookAsIfTheyHadCome) {
  FlowStore store = Open();
  for (const char* reporter : {"d/ns/shop/sa/evil", "d/ns/shop/sa/orders"}) {
    flows::Flow flow = NumberedFlow(0);
    flow.reporter.principal = reporter;
    EXPECT_EQ(*store.Add(flow), FlowStore::Added::kNew) << reporter;
    EXPECT_EQ(*store.Add(flow), FlowStore::Added::kDuplicate) << reporter;
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT count(*) FROM received"), 2);
}

TEST_F(FlowStoreTest, ARunWhoseLinesHaveNoSequenceIsStoredWhole) {
  FlowStore store = Open();
  for (int i = 0; i < 3; ++i) {
    flows::Flow flow = NumberedFlow(0);
    flow.sequence = 0;
    EXPECT_EQ(*store.Add(flow), FlowStore::Added::kNew);
  }
}

// Texts of a mebibyte, in the rows or as the names of ends, and lines that are no rows at all.
TEST_F(FlowStoreTest, FlushesByItselfBeforeMemoryGrowsBeyondBounds) {
  FlowStore store = Open();
  const std::string large(1'000'000, 'x');
  for (uint64_t i = 0; store.rows() == 0 && i < 200; ++i) {
    flows::Flow flow = NumberedFlow(i);
    flow.detail = absl::StrCat(i, large);
    ASSERT_TRUE(store.Add(flow).ok());
  }
  EXPECT_GT(store.rows(), 0);
  EXPECT_LT(store.rows(), 70);
  const uint64_t before = store.rows();
  for (uint64_t i = 0; store.rows() == before && i < 200; ++i) {
    flows::Flow flow = NumberedFlow(i, "00112233445566bb");
    flow.source.principal = large;  // once in the segment, in each edge of the catalog
    flow.destination.principal = absl::StrCat(i);
    ASSERT_TRUE(store.Add(flow).ok());
  }
  EXPECT_LT(store.rows() - before, 70);
  for (uint64_t i = 0; Count("SELECT count(*) FROM loss") == 0 && i < 200; ++i) {
    flows::Flow lost = NumberedFlow(i, "00112233445566cc");
    lost.event = "LOST";
    lost.lost.cause = large;
    ASSERT_TRUE(store.Add(lost).ok());
  }
  EXPECT_GT(Count("SELECT count(*) FROM loss"), 0);
}

// What came is forgotten neither where a flush fails nor where it cannot be read again at once.
TEST_F(FlowStoreTest, WritesBackNoPartOfWhatHasCome) {
  FlowStore store = Open();
  Fill(store, 0, 100);
  ASSERT_TRUE(store.Flush().ok());
  auto other = Database::Open(CatalogPath(path_), Database::Mode::kReadWrite);
  ASSERT_TRUE(other->Run("ALTER TABLE received RENAME TO hidden").ok());
  Fill(store, 100, 110);
  EXPECT_FALSE(store.Flush().ok());
  flows::Flow flow = NumberedFlow(100);
  EXPECT_FALSE(store.Add(flow).ok()) << "nobody knows whether it has come";
  EXPECT_FALSE(store.Flush().ok());
  ASSERT_TRUE(other->Run("ALTER TABLE hidden RENAME TO received").ok());
  Fill(store, 90, 110);  // sent again
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT sum(rows) FROM segment"), 110);
  EXPECT_EQ(Count("SELECT min(first_sequence) FROM received"), 1);
  EXPECT_EQ(Count("SELECT sum(last_sequence - first_sequence + 1) FROM received"), 110);
}

// A writer that is killed at any moment leaves a store that opens, with whole flushes in it.
TEST_F(FlowStoreTest, AWriterMayBeKilledAtAnyMoment) {
  uint64_t flushed = 0;
  for (int kill_after = 0; kill_after < 8; ++kill_after) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto store = FlowStore::Open(path_, clock_);
      for (uint64_t part = 0; store.ok(); ++part) {
        for (uint64_t i = 0; i < 100; ++i) {
          flows::Flow flow = NumberedFlow(part * 100 + i);
          if (!store->Add(flow).ok()) _exit(1);
        }
        if (!store->Flush().ok()) _exit(1);
        if (write(pipe_ends[1], "x", 1) != 1) _exit(1);
      }
      _exit(1);
    }
    char byte = 0;
    for (int i = 0; i <= kill_after; ++i) ASSERT_EQ(read(pipe_ends[0], &byte, 1), 1);
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    FlowStore store = Open();
    const int64_t rows = Count("SELECT sum(rows) FROM segment");
    EXPECT_EQ(rows % 100, 0);
    EXPECT_GE(rows, static_cast<int64_t>(flushed));
    EXPECT_EQ(Count("SELECT sum(requests) FROM edge_minute"), rows);
    EXPECT_EQ(Count("SELECT last_sequence FROM received"), rows);
    EXPECT_EQ(Count("SELECT count(*) FROM segment"), static_cast<int64_t>(Files()));
    flushed = static_cast<uint64_t>(rows);
  }
}

TEST_F(FlowStoreTest, ADiskThatIsFullLosesNothingThatWasFlushed) {
  FlowStore store = Open();
  Fill(store, 0, 100);
  ASSERT_TRUE(store.Flush().ok());
  {
    const flows::SizeLimit limit(1'000);  // no file may grow beyond
    Fill(store, 100, 200);
    EXPECT_FALSE(store.Flush().ok());
    EXPECT_EQ(Files(), 1) << "half a segment would keep the disk full";
  }
  Fill(store, 100, 200);  // sent again
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT sum(rows) FROM segment"), 200);
  EXPECT_EQ(Count("SELECT sum(requests) FROM edge_minute"), 200);
}

}  // namespace
}  // namespace firebreak::store
