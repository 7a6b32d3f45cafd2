#include "proxy/event/report_queue.h"

#include <algorithm>

namespace firebreak::proxy {

ReportQueue::ReportQueue(EventLoop& loop, std::chrono::milliseconds interval)
    : loop_(loop), interval_(interval), timer_(loop, [this] {
        armed_ = false;
        RunTurn(loop_.Now());
      }) {}

void ReportQueue::Add(ReportEntry& entry) {
  if (interval_ <= interval_.zero() || entry.listed()) return;
  Append(entry, loop_.Now());
  Arm(interval_);
}

void ReportQueue::RunTurn(MonoTime now) {
  int room = kRecordsPerTurn;
  while (!entries_.empty() && entries_.front()->due_ <= now) {
    ReportEntry& entry = *entries_.front();
    room -= entry.OnReport(room);
    if (room == 0) break;
    Append(entry, now);
  }
  if (entries_.empty()) return;
  Arm(std::max<std::chrono::nanoseconds>(entries_.front()->due_ - now, kPause));
}

void ReportQueue::Append(ReportEntry& entry, MonoTime now) {
  entry.due_ = now + interval_;
  entries_.Append(entry);
}

void ReportQueue::Arm(std::chrono::nanoseconds delay) {
  if (armed_) return;
  armed_ = true;
  timer_.Set(delay);
}

}  // namespace firebreak::proxy
