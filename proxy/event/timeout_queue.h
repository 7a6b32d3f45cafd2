// TimeoutQueue ends entries after a fixed time without a touch: thousands of connections with the
// same time-out share one timer, and a touch costs one store.
#ifndef FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_
#define FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_

#include <chrono>

#include "base/intrusive_list.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/timer.h"

namespace firebreak::proxy {

// TimeoutEntry is a member of what may time out. It may be in one queue at a time; its destructor
// takes it out.
class TimeoutEntry : public ListNode<TimeoutEntry> {
 public:
  // Touch restarts the entry's time. It may be called while the entry is in no queue.
  void Touch(MonoTime now) { touched_ = now; }
  // Stir does not, and has OnCheck called as if it did: something has happened that does not count.
  void Stir() { stirred_ = true; }

 protected:
  virtual ~TimeoutEntry() = default;
  // OnTimeout is called with the entry already out of the queue; it may destroy itself.
  virtual void OnTimeout() = 0;
  // OnCheck is called within about a second of the last of a series of touches and stirs; it may
  // destroy the entry.
  virtual void OnCheck() {}

 private:
  friend class TimeoutQueue;
  MonoTime touched_;
  MonoTime seen_touch_;  // touched_ at the last check
  MonoTime check_at_;
  bool stirred_ = false;  // since the last check
};

// Each entry is looked at every eighth of the time-out, and at least every second, in turn: one
// that was never touched ends after the time-out, one that was touched at most an eighth later.
class TimeoutQueue {
 public:
  TimeoutQueue(EventLoop& loop, std::chrono::milliseconds timeout);

  // Add starts entry's time now, taking it out of another queue if it is in one.
  void Add(TimeoutEntry& entry);
  void Remove(TimeoutEntry& entry) { entries_.Remove(entry); }
  bool empty() const { return entries_.empty(); }
  // ExpireUntil looks at every entry that is due at now. The timer calls it.
  void ExpireUntil(MonoTime now);

 private:
  void Arm(MonoTime now);

  EventLoop& loop_;
  const std::chrono::nanoseconds timeout_;
  const std::chrono::nanoseconds interval_;
  IntrusiveList<TimeoutEntry> entries_;  // in the order in which they are looked at
  bool armed_ = false;
  Timer timer_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_TIMEOUT_QUEUE_H_
