#include "proxy/event/timeout_queue.h"

#include <algorithm>
#include <utility>

namespace firebreak::proxy {
namespace {

constexpr int kChecksPerTimeout = 8;
constexpr std::chrono::nanoseconds kLongestInterval = std::chrono::seconds(1);

}  // namespace

TimeoutQueue::TimeoutQueue(EventLoop& loop, std::chrono::milliseconds timeout)
    : loop_(loop),
      timeout_(timeout),
      interval_(std::min(timeout_ / kChecksPerTimeout, kLongestInterval)),
      timer_(loop, [this] {
        armed_ = false;
        ExpireUntil(loop_.Now());
      }) {}

void TimeoutQueue::Add(TimeoutEntry& entry) {
  entry.Touch(loop_.Now());
  entry.seen_touch_ = {};  // joining counts as a touch: what came just before it is checked too
  entry.check_at_ = loop_.Now() + interval_;
  entries_.Append(entry);
  Arm(loop_.Now());
}

void TimeoutQueue::ExpireUntil(MonoTime now) {
  while (!empty() && entries_.front()->check_at_ <= now) {
    TimeoutEntry& entry = entries_.TakeFront();
    if (entry.touched_ + timeout_ <= now) {
      entry.OnTimeout();
      continue;
    }
    entry.check_at_ = std::max(entry.check_at_ + interval_, now + std::chrono::milliseconds(1));
    entries_.Append(entry);
    const bool touched = std::exchange(entry.seen_touch_, entry.touched_) != entry.touched_;
    const bool stirred = std::exchange(entry.stirred_, false);
    if (touched || stirred) entry.OnCheck();
  }
  Arm(now);
}

void TimeoutQueue::Arm(MonoTime now) {
  if (armed_ || empty()) return;
  armed_ = true;
  timer_.Set(entries_.front()->check_at_ - now);
}

}  // namespace firebreak::proxy
