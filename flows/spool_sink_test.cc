#include "flows/spool_sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "flows/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

class SpoolSinkTest : public testing::Test {
 protected:
  std::unique_ptr<SpoolSink> Open(absl::Duration linger = SpoolSink::kLinger) {
    auto sink = SpoolSink::Open("test", {.folder = folder_.Path("spool")}, ++run_, receiver_.Sink(),
                                Clock::Real(), linger);
    EXPECT_TRUE(sink.ok()) << sink.status();
    return *std::move(sink);
  }
  static SinkStats StatsOf(const SpoolSink& sink) {
    SinkStats stats;
    sink.AmendStats(&stats);
    return stats;
  }

  const tests::TempFolder folder_;
  Receiver receiver_;
  uint64_t run_ = 0;
};

TEST_F(SpoolSinkTest, DeliversInOrderAndForgets) {
  const auto sink = Open();
  std::string expected;
  for (uint64_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(sink->Deliver(TestBatch(i)).fate, Delivery::Fate::kTaken);
    expected += TestBatch(i).text;
  }
  sink->Stop();
  EXPECT_EQ(receiver_.text(), expected);
  EXPECT_EQ(StatsOf(*sink).lines_written, 100U);
  EXPECT_EQ(StatsOf(*sink).spool_bytes, 0U);
  EXPECT_EQ(StatsOf(*sink).lag, absl::ZeroDuration());
}

TEST_F(SpoolSinkTest, WhatAReceiverThatIsAwayMissesComesLaterEvenFromAnotherProcess) {
  receiver_.Answer(Delivery::Later("nobody there"));
  {
    const auto sink = Open();
    sink->Deliver(TestBatch(1, 10));
    receiver_.WaitForTries(2);
    EXPECT_GT(StatsOf(*sink).spool_bytes, 0U);
    EXPECT_EQ(StatsOf(*sink).TotalLost(), 0U);
  }
  receiver_.Answer(Delivery::Taken());
  const auto sink = Open();
  receiver_.WaitForLines(10);
  sink->Deliver(TestBatch(11));
  sink->Stop();
  EXPECT_EQ(receiver_.text(), TestBatch(1, 10).text + TestBatch(11).text);
}

TEST_F(SpoolSinkTest, WhatIsRefusedIsSetAsideAndHoldsUpNothing) {
  receiver_.Answer(Delivery::Refused("poison"));
  const auto sink = Open();
  sink->Deliver(TestBatch(1, 10));
  receiver_.WaitForTries(1);
  receiver_.Answer(Delivery::Taken());
  sink->Deliver(TestBatch(11));
  sink->Stop();
  EXPECT_EQ(receiver_.text(), TestBatch(11).text);
  EXPECT_EQ(StatsOf(*sink).lines_lost[static_cast<size_t>(LostCause::kRefused)], 10U);
  std::ostringstream aside;
  aside << std::ifstream(folder_.Path("spool/refused.jsonl")).rdbuf();
  EXPECT_EQ(aside.str(), TestBatch(1, 10).text);
  const std::vector<Loss> losses = sink->TakeLosses();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].first_sequence, 1U);
  EXPECT_EQ(losses[0].last_sequence, 10U);
}

TEST_F(SpoolSinkTest, CountsWhatAReceiverTakesOnlyInPart) {
  Delivery partial = Delivery::Taken();
  partial.refused_lines = 3;
  partial.detail = "three were odd";
  receiver_.Answer(partial);
  const auto sink = Open();
  sink->Deliver(TestBatch(1, 10));
  sink->Stop();
  EXPECT_EQ(StatsOf(*sink).lines_written, 7U);
  EXPECT_EQ(StatsOf(*sink).TotalLost(), 3U);
}

// Awaited is a batch with a line that somebody waits for.
Batch Awaited(uint64_t first) {
  Batch batch = TestBatch(first);
  batch.awaited = true;
  return batch;
}

TEST_F(SpoolSinkTest, WhatNobodyWaitsForIsSentAlongWithWhatSomebodyDoes) {
  const auto sink = Open(absl::Hours(1));
  for (uint64_t i = 1; i <= 5; ++i) sink->Deliver(TestBatch(i));
  EXPECT_EQ(receiver_.tries(), 0);
  sink->Deliver(Awaited(6));
  receiver_.WaitForLines(6);
  EXPECT_EQ(receiver_.tries(), 1) << "in one piece";
  sink->Stop();
  EXPECT_EQ(receiver_.tries(), 1);
}

TEST_F(SpoolSinkTest, WhatLingersIsInTheSpoolAndGoesAtTheNextStart) {
  receiver_.Answer(Delivery::Later("nobody there"));
  {
    const auto sink = Open(absl::Hours(1));
    sink->Deliver(TestBatch(1, 10));
    EXPECT_GT(StatsOf(*sink).spool_bytes, 0U);
    EXPECT_EQ(receiver_.tries(), 0);
  }
  receiver_.Answer(Delivery::Taken());
  const auto sink = Open(absl::Hours(1));
  receiver_.WaitForLines(10);
  EXPECT_EQ(receiver_.text(), TestBatch(1, 10).text);
}

TEST_F(SpoolSinkTest, AFullPieceDoesNotLinger) {
  const auto sink = Open(absl::Hours(1));
  std::mt19937 random(1);
  uint64_t lines = 0;
  while (receiver_.tries() == 0 && lines < 1'000) {
    Batch batch = TestBatch(++lines);
    // What zstd can make nothing of.
    batch.text.clear();
    while (batch.text.size() < 10'000) {
      batch.text.push_back(static_cast<char>('a' + random() % 26));
    }
    batch.text.push_back('\n');
    sink->Deliver(batch);
  }
  receiver_.WaitForLines(1);
  EXPECT_LE(lines, 1'000U);
}

TEST(Backoff, DoublesWithinBoundsAndHeedsWhatWasAsked) {
  Backoff backoff;
  absl::Duration most = absl::Milliseconds(200);
  for (int i = 0; i < 20; ++i) {
    const absl::Duration wait = backoff.Next(absl::ZeroDuration());
    EXPECT_LE(wait, most);
    EXPECT_GE(wait, most / 2);
    most = std::min(most * 2, absl::Milliseconds(25'600));
  }
  EXPECT_EQ(backoff.Next(absl::Minutes(2)), absl::Minutes(2));
  EXPECT_EQ(backoff.Next(absl::Hours(100)), absl::Hours(1));
  backoff.Reset();
  EXPECT_LE(backoff.Next(absl::ZeroDuration()), absl::Milliseconds(200));
}

}  // namespace
}  // namespace firebreak::flows
