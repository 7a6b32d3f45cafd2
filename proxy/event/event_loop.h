// EventLoop is one thread's loop over libevent (core only). proxy/event is the only place that
// includes <event2/>.
#ifndef FIREBREAK_PROXY_EVENT_EVENT_LOOP_H_
#define FIREBREAK_PROXY_EVENT_EVENT_LOOP_H_

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

struct event_base;
struct event;

namespace firebreak::proxy {

// Everything but Post and Stop belongs to the thread that calls Run. Callbacks posted before Run
// wait for it; those still queued when the loop ends are dropped unrun with the loop.
class EventLoop {
 public:
  explicit EventLoop(const Clock& clock = Clock::Real());
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Run processes events until Stop. RunOnce waits for and processes one batch.
  void Run();
  void RunOnce();

  // Stop ends Run after the callbacks of the current batch. Any thread.
  void Stop();
  // Post queues callback for this loop's thread. Any thread.
  void Post(std::function<void()> callback);

  // DeleteLater destroys object after the current callback has returned and before the loop waits
  // again, so that an object may end itself while its own method is on the stack. Events that were
  // collected together with the current one may still reach it: it must know that it has ended.
  template <typename T>
  void DeleteLater(std::unique_ptr<T> object) {
    graveyard_.emplace_back(object.release(), [](void* dead) { delete static_cast<T*>(dead); });
    ArmBury();
  }

  // Bury destroys what DeleteLater holds, now: for an owner that is about to go, from outside any
  // callback.
  void Bury();

  // Now is the monotonic time at which the current batch of events began.
  MonoTime Now() const { return now_; }
  const Clock& clock() const { return clock_; }
  event_base* base() { return base_; }
  // Each watcher's callback calls this first: it keeps Now() true for the batch.
  void Wake() { now_ = clock_.MonoNow(); }

 private:
  void RunPosted();
  void ArmBury();

  const Clock& clock_;
  event_base* base_;
  event* wake_event_;
  event* bury_event_;
  int wake_fd_;
  MonoTime now_;
  bool bury_armed_ = false;
  std::vector<std::unique_ptr<void, void (*)(void*)>> graveyard_;
  Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_EVENT_LOOP_H_
