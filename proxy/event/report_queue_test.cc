#include "proxy/event/report_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/simulated_clock.h"

namespace firebreak::proxy {
namespace {

using std::chrono::milliseconds;

struct Entry final : ReportEntry {
  int OnReport() override {
    ++reports;
    return records;
  }
  int reports = 0;
  int records = 1;
};

class ReportQueueTest : public testing::Test {
 protected:
  void Pass(absl::Duration time, ReportQueue& queue) {
    for (absl::Duration passed; passed < time; passed += absl::FromChrono(ReportQueue::kPause)) {
      clock_.Advance(absl::FromChrono(ReportQueue::kPause));
      loop_.Wake();
      queue.RunTurn(loop_.Now());
    }
  }

  SimulatedClock clock_;
  EventLoop loop_{clock_};
  ReportQueue queue_{loop_, milliseconds(60'000)};
};

TEST_F(ReportQueueTest, CallsEveryIntervalForAsLongAsTheEntryLives) {
  auto entry = std::make_unique<Entry>();
  queue_.Add(*entry);
  Pass(absl::Seconds(59), queue_);
  EXPECT_EQ(entry->reports, 0);
  Pass(absl::Seconds(2), queue_);
  EXPECT_EQ(entry->reports, 1);
  Pass(absl::Seconds(120), queue_);
  EXPECT_EQ(entry->reports, 3);
  entry.reset();
  Pass(absl::Seconds(120), queue_);
}

TEST_F(ReportQueueTest, JoiningAgainKeepsTheTurn) {
  Entry entry;
  queue_.Add(entry);
  Pass(absl::Seconds(40), queue_);
  queue_.Add(entry);
  Pass(absl::Seconds(21), queue_);
  EXPECT_EQ(entry.reports, 1);
  queue_.Remove(entry);
  queue_.Remove(entry);
  Pass(absl::Seconds(120), queue_);
  EXPECT_EQ(entry.reports, 1);
}

TEST_F(ReportQueueTest, WhoeverJoinedAtOnceReportsInTurnsAndNobodyIsForgotten) {
  constexpr int kEntries = 1'000;
  std::deque<Entry> entries(kEntries);
  for (Entry& entry : entries) queue_.Add(entry);
  entries[0].records = ReportQueue::kRecordsPerTurn;  // a connection with as many requests
  const auto reports = [&] {
    int sum = 0;
    for (const Entry& entry : entries) sum += entry.reports;
    return sum;
  };
  clock_.Advance(absl::Seconds(60));
  loop_.Wake();
  queue_.RunTurn(loop_.Now());
  EXPECT_EQ(reports(), 1);
  queue_.RunTurn(loop_.Now());
  EXPECT_EQ(reports(), 1 + ReportQueue::kRecordsPerTurn);
  Pass(absl::Milliseconds(200), queue_);
  EXPECT_EQ(reports(), kEntries);
  Pass(absl::Seconds(61), queue_);
  for (const Entry& entry : entries) EXPECT_EQ(entry.reports, 2);
}

TEST_F(ReportQueueTest, CallsOnNobodyWhenItIsOff) {
  ReportQueue off(loop_, milliseconds(0));
  Entry entry;
  off.Add(entry);
  Pass(absl::Seconds(200), off);
  EXPECT_EQ(entry.reports, 0);
  queue_.Add(entry);
  Pass(absl::Seconds(61), queue_);
  EXPECT_EQ(entry.reports, 1) << "and leaves it free to join another";
}

TEST_F(ReportQueueTest, ItsOwnTimerCalls) {
  EventLoop loop;
  ReportQueue queue(loop, milliseconds(5));
  Entry entry;
  queue.Add(entry);
  while (entry.reports < 3) loop.RunOnce();
}

}  // namespace
}  // namespace firebreak::proxy
