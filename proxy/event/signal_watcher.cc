#include "proxy/event/signal_watcher.h"

#include <event2/event.h>

#include <cstdlib>
#include <utility>

namespace firebreak::proxy {

SignalWatcher::SignalWatcher(EventLoop& loop, int signal, std::function<void()> callback)
    : loop_(loop),
      callback_(std::move(callback)),
      event_(evsignal_new(
          loop.base(), signal,
          [](evutil_socket_t, short, void* self) {
            auto* watcher = static_cast<SignalWatcher*>(self);
            watcher->loop_.Wake();
            watcher->callback_();
          },
          this)) {
  if (event_ == nullptr || evsignal_add(event_, nullptr) != 0) std::abort();
}

SignalWatcher::~SignalWatcher() { event_free(event_); }

}  // namespace firebreak::proxy
