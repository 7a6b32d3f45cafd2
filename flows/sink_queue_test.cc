#include "flows/sink_queue.h"

#include <gtest/gtest.h>

#include "flows/testing.h"

namespace firebreak::flows {
namespace {

constexpr size_t kRoomy = size_t{1} << 20;

TEST(SinkQueue, DeliversInOrderAndCounts) {
  Receiver receiver;
  SinkQueue queue("test", receiver.Sink(), kRoomy, Clock::Real());
  std::string expected;
  queue.Start();
  for (uint64_t i = 1; i <= 100; ++i) {
    expected += TestBatch(i).text;
    queue.Offer(SharedTestBatch(i));
  }
  queue.Stop();
  EXPECT_EQ(receiver.text(), expected);
  EXPECT_EQ(queue.stats().lines_written, 100U);
  EXPECT_EQ(queue.stats().bytes_written, expected.size());
  EXPECT_EQ(queue.stats().queue_bytes, 0U);
}

TEST(SinkQueue, OffersAgainWhatCouldNotBeTaken) {
  Receiver receiver;
  receiver.Answer(Delivery::Later("not yet"));
  SinkQueue queue("test", receiver.Sink(), kRoomy, Clock::Real());
  queue.Start();
  queue.Offer(SharedTestBatch(1));
  receiver.WaitForTries(3);
  receiver.Answer(Delivery::Taken());
  receiver.WaitForLines(1);
  queue.Stop();
  EXPECT_EQ(receiver.text(), TestBatch(1).text);
  EXPECT_GE(queue.stats().failures, 2U);
  EXPECT_EQ(queue.stats().TotalLost(), 0U);
}

TEST(SinkQueue, DropsTheNewestWhenItIsFullAndTellsWhich) {
  Receiver receiver;
  receiver.Hold();
  const size_t batch_bytes = TestBatch(1).text.size();
  SinkQueue queue("test", receiver.Sink(), 2 * batch_bytes, Clock::Real());
  queue.Start();
  queue.Offer(SharedTestBatch(1));
  receiver.WaitForTries(1);
  for (uint64_t i = 2; i <= 5; ++i) queue.Offer(SharedTestBatch(i));
  const std::vector<Loss> losses = queue.TakeLosses();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].count, 3U);
  EXPECT_EQ(losses[0].cause, LostCause::kQueueFull);
  EXPECT_EQ(losses[0].sink, "test");
  EXPECT_EQ(losses[0].first_sequence, 3U);
  EXPECT_EQ(losses[0].last_sequence, 5U);
  EXPECT_TRUE(queue.TakeLosses().empty()) << "it is told once";
  receiver.Answer(Delivery::Taken());
  queue.Stop();
  EXPECT_EQ(receiver.text(), TestBatch(1).text + TestBatch(2).text);
}

TEST(SinkQueue, TellsAgainOfALossWhoseTellingWasLost) {
  Receiver receiver;
  receiver.Hold();
  SinkQueue queue("test", receiver.Sink(), TestBatch(1).text.size(), Clock::Real());
  queue.Start();
  queue.Offer(SharedTestBatch(1));
  receiver.WaitForTries(1);
  Batch telling = TestBatch(9);
  telling.losses = {{.count = 3, .sink = "test", .first_sequence = 5, .last_sequence = 7},
                    {.count = 8, .sink = "another", .first_sequence = 1, .last_sequence = 8}};
  for (Loss& loss : telling.losses) loss.cause = LostCause::kQueueFull;
  queue.Offer(std::make_shared<const Batch>(telling));
  const std::vector<Loss> losses = queue.TakeLosses();
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].count, 4U);
  EXPECT_EQ(losses[0].first_sequence, 5U);
  EXPECT_EQ(losses[0].last_sequence, 9U);
  EXPECT_EQ(queue.stats().TotalLost(), 1U) << "what was counted is not counted again";
  receiver.Answer(Delivery::Taken());
}

TEST(SinkQueue, GoesOnBehindABatchThatIsRefused) {
  Receiver receiver;
  receiver.Answer(Delivery::Refused("never"));
  SinkQueue queue("test", receiver.Sink(), kRoomy, Clock::Real());
  queue.Start();
  queue.Offer(SharedTestBatch(1, 4));
  queue.Flush();
  receiver.Answer(Delivery::Taken());
  queue.Offer(SharedTestBatch(5));
  queue.Stop();
  EXPECT_EQ(receiver.text(), TestBatch(5).text);
  EXPECT_EQ(queue.stats().lines_lost[static_cast<size_t>(LostCause::kRefused)], 4U);
  EXPECT_EQ(queue.stats().lines_written, 1U);
}

TEST(SinkQueue, AFlushWithADeadlineTellsWhetherAllIsDelivered) {
  Receiver receiver;
  receiver.Answer(Delivery::Later("nobody there"));
  SinkQueue queue("test", receiver.Sink(), kRoomy, Clock::Real());
  queue.Start();
  queue.Offer(SharedTestBatch(1));
  EXPECT_FALSE(queue.FlushFor(absl::Milliseconds(1)));
  receiver.Answer(Delivery::Taken());
  EXPECT_TRUE(queue.FlushFor(absl::InfiniteDuration()));
  EXPECT_EQ(receiver.text(), TestBatch(1).text);
  queue.Stop();
  EXPECT_FALSE(queue.FlushFor(absl::InfiniteDuration())) << "it does not run";
}

TEST(SinkQueue, StopGivesUpWhatCannotBeDelivered) {
  Receiver receiver;
  receiver.Answer(Delivery::Later("nobody there"));
  SinkQueue queue("test", receiver.Sink(), kRoomy, Clock::Real());
  queue.Start();
  for (uint64_t i = 1; i <= 3; ++i) queue.Offer(SharedTestBatch(i));
  queue.Flush();  // returns although nothing could be delivered
  queue.Stop();
  queue.Flush();  // no longer runs: returns
  EXPECT_EQ(queue.stats().lines_lost[static_cast<size_t>(LostCause::kWriteFailed)], 3U);
}

}  // namespace
}  // namespace firebreak::flows
