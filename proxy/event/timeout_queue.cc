#include "proxy/event/timeout_queue.h"

#include <algorithm>
#include <utility>

namespace firebreak::proxy {
namespace {

constexpr int kChecksPerTimeout = 8;
constexpr std::chrono::nanoseconds kLongestInterval = std::chrono::seconds(1);

}  // namespace

TimeoutEntry::~TimeoutEntry() {
  if (queue_ != nullptr) queue_->Remove(*this);
}

TimeoutQueue::TimeoutQueue(EventLoop& loop, std::chrono::milliseconds timeout)
    : loop_(loop),
      timeout_(timeout),
      interval_(std::min(timeout_ / kChecksPerTimeout, kLongestInterval)),
      timer_(loop, [this] {
        armed_ = false;
        ExpireUntil(loop_.Now());
      }) {}

TimeoutQueue::~TimeoutQueue() {
  while (head_ != nullptr) Remove(*head_);
}

void TimeoutQueue::Add(TimeoutEntry& entry) {
  if (entry.queue_ != nullptr) entry.queue_->Remove(entry);
  entry.Touch(loop_.Now());
  entry.seen_touch_ = {};  // joining counts as a touch: what came just before it is checked too
  entry.check_at_ = loop_.Now() + interval_;
  Append(entry);
  Arm(loop_.Now());
}

void TimeoutQueue::Remove(TimeoutEntry& entry) {
  if (entry.queue_ != this) return;
  (entry.prev_ != nullptr ? entry.prev_->next_ : head_) = entry.next_;
  (entry.next_ != nullptr ? entry.next_->prev_ : tail_) = entry.prev_;
  entry.prev_ = entry.next_ = nullptr;
  entry.queue_ = nullptr;
}

void TimeoutQueue::ExpireUntil(MonoTime now) {
  while (head_ != nullptr && head_->check_at_ <= now) {
    TimeoutEntry& entry = *head_;
    Remove(entry);
    if (entry.touched_ + timeout_ <= now) {
      entry.OnTimeout();
      continue;
    }
    entry.check_at_ = std::max(entry.check_at_ + interval_, now + std::chrono::milliseconds(1));
    Append(entry);
    if (std::exchange(entry.seen_touch_, entry.touched_) != entry.touched_) entry.OnCheck();
  }
  Arm(now);
}

void TimeoutQueue::Append(TimeoutEntry& entry) {
  entry.queue_ = this;
  entry.prev_ = tail_;
  entry.next_ = nullptr;
  (tail_ != nullptr ? tail_->next_ : head_) = &entry;
  tail_ = &entry;
}

void TimeoutQueue::Arm(MonoTime now) {
  if (armed_ || head_ == nullptr) return;
  armed_ = true;
  timer_.Set(head_->check_at_ - now);
}

}  // namespace firebreak::proxy
