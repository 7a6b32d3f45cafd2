#include "store/stored_flows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/simulated_clock.h"
#include "store/catalog.h"
#include "store/flow_store.h"
#include "store/segment_files.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

using ::testing::HasSubstr;

class StoredFlowsTest : public testing::Test {
 protected:
  StoredFlowsTest() : store_(*FlowStore::Open(path_, clock_)) {}

  void Fill(uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i) {
      flows::Flow flow = NumberedFlow(i);
      ASSERT_TRUE(store_.Add(flow).ok());
    }
  }
  // A segment of so many flows from `from` on, and nothing else.
  void FillSegment(uint64_t from, uint64_t count) {
    Fill(from, from + count);
    ASSERT_TRUE(store_.Flush().ok());
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  SimulatedClock clock_{kTestStart + absl::Seconds(4'000)};
  FlowStore store_;
};

TEST_F(StoredFlowsTest, ATailGivesEachFlowOnceAsItIsStored) {
  Fill(0, 10);
  ASSERT_TRUE(store_.Flush().ok());
  auto tail = StoredTail::Open(path_, absl::InfinitePast());
  ASSERT_TRUE(tail.ok()) << tail.status();
  const auto come = [&tail] {
    int flows = 0;
    EXPECT_TRUE(tail->Next([&flows](flows::Flow&) { return ++flows > 0; }).ok());
    return flows;
  };
  EXPECT_EQ(come(), 10);
  EXPECT_EQ(come(), 0);
  Fill(10, 40);
  EXPECT_EQ(come(), 0) << "not before it is stored";
  ASSERT_TRUE(store_.Flush().ok());
  EXPECT_EQ(come(), 30);
  ASSERT_TRUE(store_.Retain({.max_bytes = 1}).ok());
  EXPECT_EQ(come(), 0);
}

TEST_F(StoredFlowsTest, WhoHasSeenEnoughIsGivenNoMore) {
  FillSegment(0, 10);
  FillSegment(10, 10);
  std::filesystem::remove(path_ + "/segments/2.seg");  // nobody looks there
  size_t taken = 0;
  const absl::Status read = ForEachStored(path_, absl::InfinitePast(), absl::InfiniteFuture(),
                                          [&taken](flows::Flow&) { return ++taken < 4; });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(taken, 4);
}

TEST_F(StoredFlowsTest, ASegmentThatIsGoneIsTheOneThingOrTheOther) {
  Fill(0, 10);
  ASSERT_TRUE(store_.Flush().ok());
  const auto all = [](flows::Flow&) { return true; };
  const auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadOnly);
  const auto files = SegmentsFor(*catalog, path_, {});
  ASSERT_EQ(files->size(), 1);
  EXPECT_TRUE(ReadSegment(*catalog, files->front()).ok());
  std::filesystem::remove(files->front().path);
  const auto lost = ReadSegment(*catalog, files->front());
  EXPECT_TRUE(absl::IsDataLoss(lost.status())) << lost.status();
  EXPECT_THAT(std::string(lost.status().message()), HasSubstr("1.seg"));
  EXPECT_TRUE(
      absl::IsDataLoss(ForEachStored(path_, absl::InfinitePast(), absl::InfiniteFuture(), all)));
  ASSERT_TRUE(store_.Retain({.max_bytes = 1}).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadSegment(*catalog, files->front()).status())) << "retired";
}

}  // namespace
}  // namespace firebreak::store
