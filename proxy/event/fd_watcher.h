// FdWatcher tells its handler, edge-triggered, when a descriptor becomes readable or writable.
#ifndef FIREBREAK_PROXY_EVENT_FD_WATCHER_H_
#define FIREBREAK_PROXY_EVENT_FD_WATCHER_H_

#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

// FdEvents is what happened since the last call. `hangup`: the peer closed its sending side, so a
// short read is not the end of what there is to read.
struct FdEvents {
  bool readable = false;
  bool writable = false;
  bool hangup = false;
};

class FdHandler {
 public:
  virtual void OnFdEvents(FdEvents events) = 0;

 protected:
  ~FdHandler() = default;
};

// The watch lasts as long as the object. The descriptor must outlive it, and be non-blocking. The
// handler may destroy the watcher from within OnFdEvents only through EventLoop::DeleteLater of
// its owner, or by destroying it as the last thing it does.
class FdWatcher {
 public:
  enum class Trigger { kEdge, kLevelRead };

  FdWatcher(EventLoop& loop, int fd, FdHandler& handler, Trigger trigger = Trigger::kEdge);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  // Again schedules another readable callback in the next batch: for a handler that stopped early
  // to let others run.
  void Again();
  // Pause and Resume stop and restart a level-triggered watch.
  void Pause();
  void Resume();

 private:
  static void OnEvent(int fd, short what, void* self);

  EventLoop& loop_;
  FdHandler& handler_;
  event* event_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_FD_WATCHER_H_
