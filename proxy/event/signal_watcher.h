// SignalWatcher turns a process signal into a callback on a loop. One loop a process may have them.
#ifndef FIREBREAK_PROXY_EVENT_SIGNAL_WATCHER_H_
#define FIREBREAK_PROXY_EVENT_SIGNAL_WATCHER_H_

#include <functional>

#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

class SignalWatcher {
 public:
  SignalWatcher(EventLoop& loop, int signal, std::function<void()> callback);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  EventLoop& loop_;
  std::function<void()> callback_;
  event* event_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_SIGNAL_WATCHER_H_
