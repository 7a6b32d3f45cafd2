// Timer calls back once after a delay, unless cancelled or destroyed first.
#ifndef FIREBREAK_PROXY_EVENT_TIMER_H_
#define FIREBREAK_PROXY_EVENT_TIMER_H_

#include <chrono>
#include <functional>

#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Set arms the timer, replacing an earlier delay. A delay of zero or less fires in the next
  // batch.
  void Set(std::chrono::nanoseconds delay);
  void Cancel();

 private:
  EventLoop& loop_;
  std::function<void()> callback_;
  event* event_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_TIMER_H_
