// ReportQueue calls on whatever lives for long, again and again, and never on many at once.
#ifndef FIREBREAK_PROXY_EVENT_REPORT_QUEUE_H_
#define FIREBREAK_PROXY_EVENT_REPORT_QUEUE_H_

#include <chrono>

#include "base/intrusive_list.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/timer.h"

namespace firebreak::proxy {

// ReportEntry is a member of what reports. It may be in one queue; its destructor takes it out.
class ReportEntry : public ListNode<ReportEntry> {
 protected:
  virtual ~ReportEntry() = default;
  // OnReport says what there is to say, as far as `room` records go, and returns how many that
  // were. Who returns `room` may have more to say, and is called first in the next turn. It neither
  // destroys entries nor adds any.
  virtual int OnReport(int room) = 0;

 private:
  friend class ReportQueue;
  MonoTime due_;
};

// One timer, whatever the number of entries; joining and leaving cost a few stores. Who joined at
// one moment does not report at one, and who has much to say not all at once: after kRecordsPerTurn
// records the queue pauses for kPause, so that a flow log's ring has room for them and for what
// traffic brings.
class ReportQueue {
 public:
  static constexpr int kRecordsPerTurn = 128;
  static constexpr std::chrono::milliseconds kPause{20};

  // An interval of zero calls on nobody.
  ReportQueue(EventLoop& loop, std::chrono::milliseconds interval);

  // Add has entry called on an interval from now, and every interval after that, until it is
  // removed. What is in the queue already keeps its turn.
  void Add(ReportEntry& entry);
  void Remove(ReportEntry& entry) { entries_.Remove(entry); }
  std::chrono::nanoseconds interval() const { return interval_; }

  // RunTurn calls on those that are due at now, as far as one turn goes. The timer calls it.
  void RunTurn(MonoTime now);

 private:
  void Append(ReportEntry& entry, MonoTime now);
  void Arm(std::chrono::nanoseconds delay);

  EventLoop& loop_;
  const std::chrono::nanoseconds interval_;
  // In the order in which they are due: all wait for the same time.
  IntrusiveList<ReportEntry> entries_;
  bool armed_ = false;
  Timer timer_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_REPORT_QUEUE_H_
