#include "proxy/event/timeout_queue.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/simulated_clock.h"

namespace firebreak::proxy {
namespace {

using std::chrono::milliseconds;

struct Entry final : TimeoutEntry {
  void OnTimeout() override {
    ++timeouts;
    if (on_timeout) on_timeout();
  }
  void OnCheck() override { ++checks; }
  int timeouts = 0;
  int checks = 0;
  std::function<void()> on_timeout;
};

class TimeoutQueueTest : public testing::Test {
 protected:
  // Moves time in small steps, as a timer would call.
  void Pass(absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += absl::Milliseconds(5)) {
      clock_.Advance(absl::Milliseconds(5));
      loop_.Wake();
      queue_.ExpireUntil(loop_.Now());
    }
  }

  SimulatedClock clock_;
  EventLoop loop_{clock_};
  TimeoutQueue queue_{loop_, milliseconds(800)};
};

TEST_F(TimeoutQueueTest, EndsAnUntouchedEntryOnTimeAndOnce) {
  Entry entry;
  queue_.Add(entry);
  Pass(absl::Milliseconds(795));
  EXPECT_EQ(entry.timeouts, 0);
  Pass(absl::Milliseconds(15));
  EXPECT_EQ(entry.timeouts, 1);
  Pass(absl::Seconds(5));
  EXPECT_EQ(entry.timeouts, 1);
}

TEST_F(TimeoutQueueTest, TouchedEntryLivesAndEndsAtMostAnEighthLate) {
  Entry touched;
  Entry idle;
  queue_.Add(touched);
  queue_.Add(idle);
  Pass(absl::Milliseconds(500));
  touched.Touch(loop_.Now());
  Pass(absl::Milliseconds(795));
  EXPECT_EQ(idle.timeouts, 1);
  EXPECT_EQ(touched.timeouts, 0);
  Pass(absl::Milliseconds(110));
  EXPECT_EQ(touched.timeouts, 1);
}

TEST_F(TimeoutQueueTest, EntryMayDestroyItselfAndOthersWhenItEnds) {
  auto first = std::make_unique<Entry>();
  auto second = std::make_unique<Entry>();
  Entry third;
  first->on_timeout = [&] { second.reset(); };
  queue_.Add(*first);
  queue_.Add(*second);
  queue_.Add(third);
  Pass(absl::Seconds(1));
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(third.timeouts, 1);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(TimeoutQueueTest, ChecksOnceAfterJoiningOrTouchesAndNeverAnIdleEntry) {
  Entry entry;
  queue_.Add(entry);
  Pass(absl::Milliseconds(300));
  EXPECT_EQ(entry.checks, 1);
  entry.Touch(loop_.Now());
  entry.Touch(loop_.Now());
  Pass(absl::Milliseconds(400));
  EXPECT_EQ(entry.checks, 2);
}

TEST_F(TimeoutQueueTest, StirredEntryIsCheckedAndEndsAllTheSame) {
  Entry entry;
  queue_.Add(entry);
  Pass(absl::Milliseconds(300));
  EXPECT_EQ(entry.checks, 1);
  entry.Stir();
  Pass(absl::Milliseconds(300));
  EXPECT_EQ(entry.checks, 2);
  Pass(absl::Milliseconds(195));
  EXPECT_EQ(entry.timeouts, 0);
  Pass(absl::Milliseconds(15));
  EXPECT_EQ(entry.timeouts, 1);
  EXPECT_EQ(entry.checks, 2);
}

TEST_F(TimeoutQueueTest, AddMovesBetweenQueues) {
  TimeoutQueue other(loop_, milliseconds(100));
  Entry entry;
  queue_.Add(entry);
  other.Add(entry);
  EXPECT_TRUE(queue_.empty());
  other.Remove(entry);
  EXPECT_TRUE(other.empty());
}

}  // namespace
}  // namespace firebreak::proxy
