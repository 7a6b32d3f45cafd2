#include "proxy/event/report_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "base/simulated_clock.h"

namespace firebreak::proxy {
namespace {

using std::chrono::milliseconds;

struct Entry final : ReportEntry {
  int OnReport(int room) override {
    const int now = std::min(room, left);
    left -= now;
    told += now;
    if (now < room) {
      ++reports;
      left = records;
    }
    return now;
  }
  int records = 1;  // of each report
  int left = 1;     // of this one
  int told = 0;     // records
  int reports = 0;  // whole
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
  constexpr int kMany = 3 * ReportQueue::kRecordsPerTurn;  // of a connection's requests
  std::deque<Entry> entries(kEntries);
  for (Entry& entry : entries) queue_.Add(entry);
  entries[0].records = entries[0].left = kMany;
  const auto told = [&] {
    int sum = 0;
    for (const Entry& entry : entries) sum += entry.told;
    return sum;
  };
  clock_.Advance(absl::Seconds(60));
  loop_.Wake();
  for (int turn = 1; turn <= 5; ++turn) {
    queue_.RunTurn(loop_.Now());
    EXPECT_EQ(told(), turn * ReportQueue::kRecordsPerTurn);
    EXPECT_EQ(entries[0].told, std::min(turn, 3) * ReportQueue::kRecordsPerTurn);
  }
  Pass(absl::Milliseconds(200), queue_);
  EXPECT_EQ(told(), kMany + kEntries - 1);
  for (const Entry& entry : entries) EXPECT_EQ(entry.reports, 1);
  Pass(absl::Seconds(61), queue_);
  EXPECT_EQ(told(), 2 * (kMany + kEntries - 1));
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
  bool given_up = false;
  Timer patience(loop, [&] { given_up = true; });
  patience.Set(std::chrono::seconds(10));
  queue.Add(entry);
  while (entry.reports < 3 && !given_up) loop.RunOnce();
  EXPECT_EQ(entry.reports, 3);
}

}  // namespace
}  // namespace firebreak::proxy
