#include "proxy/event/report_queue.h"

#include <algorithm>

namespace firebreak::proxy {

ReportEntry::~ReportEntry() {
  if (queue_ != nullptr) queue_->Remove(*this);
}

ReportQueue::ReportQueue(EventLoop& loop, std::chrono::milliseconds interval)
    : loop_(loop), interval_(interval), timer_(loop, [this] {
        armed_ = false;
        RunTurn(loop_.Now());
      }) {}

ReportQueue::~ReportQueue() {
  while (head_ != nullptr) Remove(*head_);
}

void ReportQueue::Add(ReportEntry& entry) {
  if (interval_ <= interval_.zero() || entry.queue_ != nullptr) return;
  Append(entry, loop_.Now());
  Arm(interval_);
}

void ReportQueue::Remove(ReportEntry& entry) {
  if (entry.queue_ != this) return;
  (entry.prev_ != nullptr ? entry.prev_->next_ : head_) = entry.next_;
  (entry.next_ != nullptr ? entry.next_->prev_ : tail_) = entry.prev_;
  entry.prev_ = entry.next_ = nullptr;
  entry.queue_ = nullptr;
}

void ReportQueue::RunTurn(MonoTime now) {
  int records = 0;
  while (head_ != nullptr && head_->due_ <= now && records < kRecordsPerTurn) {
    ReportEntry& entry = *head_;
    Remove(entry);
    Append(entry, now);
    records += entry.OnReport();
  }
  if (head_ != nullptr) Arm(std::max<std::chrono::nanoseconds>(head_->due_ - now, kPause));
}

void ReportQueue::Append(ReportEntry& entry, MonoTime now) {
  entry.queue_ = this;
  entry.due_ = now + interval_;
  entry.prev_ = tail_;
  entry.next_ = nullptr;
  (tail_ != nullptr ? tail_->next_ : head_) = &entry;
  tail_ = &entry;
}

void ReportQueue::Arm(std::chrono::nanoseconds delay) {
  if (armed_) return;
  armed_ = true;
  timer_.Set(delay);
}

}  // namespace firebreak::proxy
