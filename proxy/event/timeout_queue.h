// TimeoutQueue ends entries after a fixed time without a touch: thousands of connections with the
// same time-out share one timer, and a touch costs one store.
#ifndef FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_
#define FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_

#include <chrono>

#include "proxy/event/event_loop.h"
#include "proxy/event/timer.h"

namespace firebreak::proxy {

class TimeoutQueue;

// TimeoutEntry is a member of what may time out. It may be in one queue at a time; its destructor
// takes it out.
class TimeoutEntry {
 public:
  TimeoutEntry() = default;
  TimeoutEntry(const TimeoutEntry&) = delete;
  TimeoutEntry& operator=(const TimeoutEntry&) = delete;

  // Touch restarts the entry's time. It may be called while the entry is in no queue.
  void Touch(MonoTime now) { touched_ = now; }

 protected:
  virtual ~TimeoutEntry();
  // OnTimeout is called with the entry already out of the queue; it may destroy itself.
  virtual void OnTimeout() = 0;
  // OnCheck is called within about a second of the last of a series of touches; it may destroy the
  // entry.
  virtual void OnCheck() {}

 private:
  friend class TimeoutQueue;
  TimeoutQueue* queue_ = nullptr;
  TimeoutEntry* prev_ = nullptr;
  TimeoutEntry* next_ = nullptr;
  MonoTime touched_;
  MonoTime seen_touch_;  // touched_ at the last check
  MonoTime check_at_;
};

// Each entry is looked at every eighth of the time-out, and at least every second, in turn: one
// that was never touched ends after the time-out, one that was touched at most an eighth later.
class TimeoutQueue {
 public:
  TimeoutQueue(EventLoop& loop, std::chrono::milliseconds timeout);
  ~TimeoutQueue();
  TimeoutQueue(const TimeoutQueue&) = delete;
  TimeoutQueue& operator=(const TimeoutQueue&) = delete;

  // Add starts entry's time now, taking it out of another queue if it is in one.
  void Add(TimeoutEntry& entry);
  void Remove(TimeoutEntry& entry);
  bool empty() const { return head_ == nullptr; }
  // ExpireUntil looks at every entry that is due at now. The timer calls it.
  void ExpireUntil(MonoTime now);

 private:
  void Append(TimeoutEntry& entry);
  void Arm(MonoTime now);

  EventLoop& loop_;
  const std::chrono::nanoseconds timeout_;
  const std::chrono::nanoseconds interval_;
  TimeoutEntry* head_ = nullptr;
  TimeoutEntry* tail_ = nullptr;
  bool armed_ = false;
  Timer timer_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_
