#include "proxy/event/timer.h"

#include <event2/event.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace firebreak::proxy {

Timer::Timer(EventLoop& loop, std::function<void()> callback)
    : loop_(loop),
      callback_(std::move(callback)),
      event_(evtimer_new(
          loop.base(),
          [](evutil_socket_t, short, void* self) {
            auto* timer = static_cast<Timer*>(self);
            timer->loop_.Wake();
            timer->callback_();
          },
          this)) {
  if (event_ == nullptr) std::abort();
}

Timer::~Timer() { event_free(event_); }

void Timer::Set(std::chrono::nanoseconds delay) {
  const auto micros =
      std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(delay).count());
  const timeval interval{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
  evtimer_add(event_, &interval);
}

void Timer::Cancel() { evtimer_del(event_); }

}  // namespace firebreak::proxy
