#include "store/segment_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "flows/flow_json.h"
#include "store/catalog.h"
#include "store/flow_store.h"
#include "store/stored_flows.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SegmentMergeTest : public testing::Test {
 protected:
  SegmentMergeTest() : store_(*FlowStore::Open(path_, clock_)) {}

  // AddSegment stores flows of these numbers, in this order, which are of these seconds too.
  void AddSegment(const std::vector<uint64_t>& numbers,
                  const std::string& run = "00112233445566aa") {
    for (const uint64_t number : numbers) {
      flows::Flow flow = NumberedFlow(number, run);
      flow.trace_id = absl::StrCat("00112233445566", number % 5 + 10, "0000000000000001");
      lines_.push_back(Line(flow));
      ASSERT_TRUE(store_.Add(flow).ok());
    }
    ASSERT_TRUE(store_.Flush().ok());
  }
  static std::string Line(const flows::Flow& flow) {
    std::string line;
    flows::AppendFlowJson(flow, &line);
    return line;
  }
  static uint64_t NumberOf(const flows::Flow& flow) { return flow.sequence - 1; }

  std::vector<uint64_t> Stored(const TimeRange& range = {}) {
    std::vector<uint64_t> numbers;
    const absl::Status read =
        ForEachStored(path_, range.since, range.until, [&numbers](flows::Flow& flow) {
          numbers.push_back(NumberOf(flow));
          return true;
        });
    EXPECT_TRUE(read.ok()) << read;
    return numbers;
  }
  // Merged is every line, with so much memory for it.
  std::vector<std::string> Merged(size_t bytes) {
    const auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadOnly);
    const auto files = SegmentsFor(*catalog, path_, {});
    std::vector<std::string> lines;
    absl::Time last = absl::InfinitePast();
    const absl::Status read = MergeSegments(
        *catalog, *files, {},
        [&](flows::Flow& flow) {
          EXPECT_LE(last, flow.time);
          last = flow.time;
          lines.push_back(Line(flow));
          return true;
        },
        bytes);
    EXPECT_TRUE(read.ok()) << read;
    return lines;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  SimulatedClock clock_{kTestStart + absl::Seconds(4'000)};
  FlowStore store_;
  std::vector<std::string> lines_;
};

TEST_F(SegmentMergeTest, GivesRowsOfASegmentByTime) {
  AddSegment({5, 1, 4, 2, 3});
  EXPECT_THAT(Stored(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(SegmentMergeTest, GivesSegmentsThatOverlapByTime) {
  AddSegment({0, 2, 4, 6, 39});  // a log, and one of a part of its time after it
  AddSegment({5, 7, 9});
  AddSegment({1, 50});
  AddSegment({45, 47});
  EXPECT_THAT(Stored(), ElementsAre(0, 1, 2, 4, 5, 6, 7, 9, 39, 45, 47, 50));
}

TEST_F(SegmentMergeTest, OfOneMomentGivesFirstWhatWasStoredFirst) {
  AddSegment({3, 8}, "bbbbbbbbbbbbbbbb");
  AddSegment({2, 3}, "aaaaaaaaaaaaaaaa");  // begins earlier, and was stored later
  std::vector<std::string> runs;
  ASSERT_TRUE(ForEachStored(path_, kTestStart + absl::Seconds(3), kTestStart + absl::Seconds(3),
                            [&runs](flows::Flow& flow) {
                              runs.push_back(flow.run_id);
                              return true;
                            })
                  .ok());
  EXPECT_THAT(runs, ElementsAre("bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa"));
}

TEST_F(SegmentMergeTest, GivesNothingOutsideTheTimeThatIsAskedFor) {
  AddSegment({1, 2, 3, 4, 5});
  AddSegment({4'000, 0});
  EXPECT_THAT(Stored({kTestStart + absl::Seconds(2), kTestStart + absl::Seconds(4)}),
              ElementsAre(2, 3, 4));
  EXPECT_THAT(Stored({kTestStart + absl::Seconds(100), kTestStart + absl::Seconds(200)}),
              IsEmpty());
}

// Whatever room there is, and be it none: a segment that is read again goes on where it was.
TEST_F(SegmentMergeTest, GivesTheSameLinesInAnyMemory) {
  for (uint64_t segment = 0; segment < 7; ++segment) {
    std::vector<uint64_t> numbers;
    for (uint64_t i = 0; i < 60; ++i) numbers.push_back((i * 37 % 60) * 7 + segment);
    AddSegment(numbers);
  }
  AddSegment({1'000, 1'001});
  const std::vector<std::string> whole = Merged(kMergeBytes);
  EXPECT_THAT(whole, testing::UnorderedElementsAreArray(lines_));
  for (const size_t bytes : {size_t{0}, size_t{1} << 14, size_t{1} << 16}) {
    EXPECT_EQ(Merged(bytes), whole) << bytes;
  }
}

// Where there is room for all rows together, every segment is read once.
TEST_F(SegmentMergeTest, ManySmallSegmentsTakeNoMemoryFromALargeOne) {
  constexpr uint64_t kRows = 2'000;
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < kRows; ++i) numbers.push_back(i);
  AddSegment(numbers);
  for (uint64_t i = 0; i < 50; ++i)
    AddSegment({1, kRows - 1}, absl::StrCat("00000000000000", i + 10));
  const auto catalog = OpenCatalog(path_);
  const auto files = SegmentsFor(*catalog, path_, {});
  ASSERT_EQ(files->size(), 51);
  uint64_t given = 0;
  const auto take = [&](flows::Flow& /*flow*/) {
    // By then all of them are read: the last one begins with the second row.
    if (++given == 60) std::filesystem::remove_all(path_ + "/segments");
    return true;
  };
  const absl::Status read = MergeSegments(*catalog, *files, {}, take, (kRows + 100) * 3'000);
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(given, kRows + 100);
}

TEST_F(SegmentMergeTest, ASegmentOfLaterIsNotReadBeforeItsTime) {
  AddSegment({0, 5, 9});
  AddSegment({10, 11});
  std::filesystem::remove(path_ + "/segments/2.seg");
  std::vector<uint64_t> given;
  const absl::Status read = ForEachStored(path_, absl::InfinitePast(), absl::InfiniteFuture(),
                                          [&given](flows::Flow& flow) {
                                            given.push_back(NumberOf(flow));
                                            return true;
                                          });
  EXPECT_TRUE(absl::IsDataLoss(read)) << read;
  EXPECT_THAT(given, ElementsAre(0, 5, 9));
}

TEST_F(SegmentMergeTest, ATailGivesWhatIsThereByTimeAndThenWhatComes) {
  AddSegment({0, 2, 9});
  AddSegment({1, 5});
  auto tail = StoredTail::Open(path_, kTestStart + absl::Seconds(1));
  ASSERT_TRUE(tail.ok()) << tail.status();
  std::vector<uint64_t> given;
  const auto take = [&given](flows::Flow& flow) {
    given.push_back(NumberOf(flow));
    return true;
  };
  ASSERT_TRUE(tail->Next(take).ok());
  EXPECT_THAT(given, ElementsAre(1, 2, 5, 9));
  given.clear();
  AddSegment({12, 10});
  AddSegment({3, 11});
  ASSERT_TRUE(tail->Next(take).ok());
  EXPECT_THAT(given, ElementsAre(3, 10, 11, 12));
}

}  // namespace
}  // namespace firebreak::store
