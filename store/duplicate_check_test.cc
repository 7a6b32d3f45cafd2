#include "store/duplicate_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "store/bytes.h"
#include "store/catalog.h"
#include "store/flow_store.h"
#include "store/segment_format.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DuplicateCheckTest : public testing::Test {
 protected:
  DuplicateCheckTest() {
    auto store = FlowStore::Open(folder_.Path("store"), clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = std::make_unique<FlowStore>(*std::move(store));
  }

  static flows::Flow Line(uint64_t number, const std::string& event = "REQUEST") {
    flows::Flow flow = NumberedFlow(number);
    flow.event = event;
    flow.reporter.principal = flow.destination.principal;
    if (event == "LOST") flow.lost.count = 3;
    if (event == "ROLLUP") flow.rollup.requests = 3;
    return flow;
  }
  void Store(const flows::Flow& flow) {
    ASSERT_EQ(*store_->Add(flow), FlowStore::Added::kNew);
    ASSERT_TRUE(store_->Flush().ok());
  }
  // ComeAgain gives lines that are known, and returns the numbers of those that differ.
  std::vector<uint64_t> ComeAgain(const std::vector<flows::Flow>& flows) {
    std::vector<uint64_t> numbers;
    DuplicateCheck check(folder_.Path("store"),
                         [&](const LineName& line) { numbers.push_back(line.sequence); });
    for (const flows::Flow& flow : flows) {
      EXPECT_EQ(*store_->Add(flow), FlowStore::Added::kDuplicate);
      check.Add(flow);
    }
    const absl::Status compared = check.Compare();
    EXPECT_TRUE(compared.ok()) << compared;
    EXPECT_EQ(check.conflicts(), numbers.size());
    gone_ = check.gone();
    segments_read_ = check.segments_read();
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  const tests::TempFolder folder_;
  SimulatedClock clock_;
  std::unique_ptr<FlowStore> store_;
  uint64_t gone_ = 0;
  uint64_t segments_read_ = 0;
};

TEST_F(DuplicateCheckTest, TheSameLineIsNoConflict) {
  std::vector<flows::Flow> lines;
  for (uint64_t i = 0; i < 20; ++i) lines.push_back(Line(i));
  for (const char* event : {"LOST", "ROLLUP", "HEAD", "OPEN", "PERIODIC"}) {
    lines.push_back(Line(lines.size(), event));
  }
  lines.push_back(FullFlow());
  lines.back().run_id = "0011223344556677";
  for (const flows::Flow& flow : lines) Store(flow);
  EXPECT_THAT(ComeAgain(lines), IsEmpty());
  EXPECT_EQ(gone_, 0);
}

TEST_F(DuplicateCheckTest, AnyFieldThatDiffersIsOne) {
  for (uint64_t i = 0; i < 10; ++i) Store(Line(i));
  flows::Flow verdict = Line(1);
  verdict.verdict = "AUDIT";
  flows::Flow bytes = Line(2);
  bytes.http.response_bytes += 1;
  flows::Flow peer = Line(3);
  peer.source.principal = "d/ns/shop/sa/somebody";
  flows::Flow time = Line(4);
  time.time += absl::Microseconds(1);
  EXPECT_THAT(ComeAgain({Line(0), verdict, bytes, peer, time, Line(5)}), ElementsAre(2, 3, 4, 5));
}

TEST_F(DuplicateCheckTest, ATimeFarFromTheStoredOneHidesNothing) {
  for (uint64_t i = 0; i < 10; ++i) Store(Line(i));
  flows::Flow far = Line(3);
  far.time -= absl::Hours(24 * 365);
  EXPECT_THAT(ComeAgain({far}), ElementsAre(4));
}

TEST_F(DuplicateCheckTest, ALineOfAnotherKindIsOne) {
  Store(Line(0));
  Store(Line(1, "LOST"));
  Store(Line(2, "ROLLUP"));
  Store(Line(3));
  EXPECT_THAT(ComeAgain({Line(0, "HEAD"), Line(1), Line(2, "LOST"), Line(3, "LOST")}),
              ElementsAre(1, 2, 3, 4));
}

TEST_F(DuplicateCheckTest, LossesAndSumsThatDifferAreOnes) {
  Store(Line(0, "LOST"));
  Store(Line(1, "ROLLUP"));
  flows::Flow lost = Line(0, "LOST");
  lost.lost.count = 2;
  flows::Flow sums = Line(1, "ROLLUP");
  sums.rollup.errors = 1;
  EXPECT_THAT(ComeAgain({lost, sums}), ElementsAre(1, 2));
}

TEST_F(DuplicateCheckTest, WhatIsStoredNoMoreCannotBeCompared) {
  Store(Line(0));
  clock_.Advance(absl::Hours(48));
  flows::Flow young = Line(1);
  young.time = clock_.WallNow();
  Store(young);
  ASSERT_EQ(store_->Retain({.max_age = absl::Hours(24)})->segments, 1);
  EXPECT_THAT(ComeAgain({Line(0), young}), IsEmpty());
  EXPECT_EQ(gone_, 1);
  young.time -= absl::Hours(1);
  EXPECT_THAT(ComeAgain({young}), ElementsAre(2)) << "what is stored is found at another time";
}

// A collector counts what its reporter may not add as one of the others, or not at all.
TEST_F(DuplicateCheckTest, WhoWasOverItsShareIsNoLiar) {
  store_.reset();
  store_ = std::make_unique<FlowStore>(
      *FlowStore::Open(folder_.Path("store"), clock_, "collector", {.catalog_bytes = 3'000}));
  std::vector<flows::Flow> lines;
  for (uint64_t i = 0; i < 200; ++i) {
    lines.push_back(Line(i, i % 2 == 0 ? "LOST" : "ROLLUP"));
    lines.back().reporter.principal = "d/ns/shop/sa/greedy";
    ASSERT_EQ(*store_->Add(lines.back()), FlowStore::Added::kNew);
  }
  flows::Flow honest = Line(200, "LOST");
  ASSERT_EQ(*store_->Add(honest), FlowStore::Added::kNew);
  ASSERT_TRUE(store_->Flush().ok());
  ASSERT_GT(store_->TakeAmongOthers(), 100);
  lines.push_back(honest);
  EXPECT_THAT(ComeAgain(lines), IsEmpty());
  EXPECT_GT(gone_, 100);
  honest.lost.count = 7;
  EXPECT_THAT(ComeAgain({honest}), ElementsAre(201)) << "nobody else is excused";
}

// WithoutColumn is a segment as a version writes it that does not know the column.
std::string WithoutColumn(std::string file, const std::string& column) {
  const size_t trailer = kSegmentMagic.size() + 4;
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size |= size_t{static_cast<uint8_t>(file[file.size() - trailer + i])} << (8 * i);
  }
  const size_t at = file.size() - trailer - size;
  std::string directory = *Decompress(file.substr(at, size), size_t{1} << 20);
  const size_t name = directory.find(column);
  EXPECT_NE(name, std::string::npos);
  directory[name] = '?';
  file.resize(at);
  const std::string frame = *Compress(directory);
  file += frame;
  for (size_t i = 0; i < 4; ++i) file.push_back(static_cast<char>(frame.size() >> (8 * i)));
  return file + std::string(kSegmentMagic);
}

TEST_F(DuplicateCheckTest, WhatALaterVersionWritesIsNotCompared) {
  flows::Flow row = Line(0);
  row.close_reason = "DOWNSTREAM_FIN";
  const flows::Flow sums = Line(1, "ROLLUP");
  Store(row);
  Store(sums);
  const std::string segment = folder_.Path("store/segments/1.seg");
  std::ifstream in(segment, std::ios::binary);
  const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  folder_.Write("store/segments/1.seg", WithoutColumn(file, "close_reason"));
  store_.reset();
  {
    auto catalog = Database::Open(folder_.Path("store/catalog.db"), Database::Mode::kReadWrite);
    ASSERT_TRUE(catalog->Run("ALTER TABLE edge_report DROP COLUMN requests").ok());
  }
  store_ = std::make_unique<FlowStore>(*FlowStore::Open(folder_.Path("store"), clock_));
  EXPECT_THAT(ComeAgain({row, sums}), IsEmpty());
  EXPECT_EQ(gone_, 0);
  flows::Flow other_row = row;
  other_row.detail = "other";
  flows::Flow other_sums = sums;
  other_sums.rollup.errors = 9;
  EXPECT_THAT(ComeAgain({other_row, other_sums}), ElementsAre(1, 2));
}

// A log may be made so that each of its lines is of somebody else, and none where its time is.
TEST_F(DuplicateCheckTest, ReadsASegmentOnceHoweverManyTheLinesAreOf) {
  constexpr uint64_t kLines = 200;
  std::vector<flows::Flow> lines;
  for (uint64_t i = 0; i < kLines; ++i) {
    lines.push_back(Line(i));
    lines.back().reporter.principal = lines.back().destination.principal = absl::StrCat("d/r", i);
    ASSERT_EQ(*store_->Add(lines.back()), FlowStore::Added::kNew);
    if (i % 10 != 9) continue;
    ASSERT_TRUE(store_->Flush().ok());
  }
  for (flows::Flow& line : lines) line.time -= absl::Hours(24 * 365);
  EXPECT_EQ(ComeAgain(lines).size(), kLines);
  const auto catalog = OpenCatalog(folder_.Path("store"));
  EXPECT_EQ(segments_read_, *FirstNumber(*catalog, "SELECT count(*) FROM segment"));
}

TEST_F(DuplicateCheckTest, OfTwoThatComeAgainAndDifferOneIsWrong) {
  Store(Line(0));
  flows::Flow other = Line(0);
  other.verdict = "AUDIT";
  EXPECT_THAT(ComeAgain({Line(0), other}), ElementsAre(1));
}

}  // namespace
}  // namespace firebreak::store
