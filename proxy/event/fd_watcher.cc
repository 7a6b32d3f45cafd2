#include "proxy/event/fd_watcher.h"

#include <event2/event.h>

#include <cstdlib>

namespace firebreak::proxy {
namespace {

constexpr short kEdgeFlags = EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST;
constexpr short kLevelReadFlags = EV_READ | EV_PERSIST;

}  // namespace

FdWatcher::FdWatcher(EventLoop& loop, int fd, FdHandler& handler, Trigger trigger)
    : loop_(loop),
      handler_(handler),
      event_(event_new(loop.base(), fd, trigger == Trigger::kEdge ? kEdgeFlags : kLevelReadFlags,
                       &FdWatcher::OnEvent, this)) {
  // Out of memory, or a descriptor that is not pollable, which would be our own bug.
  if (event_ == nullptr || event_add(event_, nullptr) != 0) std::abort();
}

FdWatcher::~FdWatcher() { event_free(event_); }

void FdWatcher::Again() { event_active(event_, EV_READ, 0); }

void FdWatcher::Pause() { event_del(event_); }

void FdWatcher::Resume() { event_add(event_, nullptr); }

void FdWatcher::OnEvent(int /*fd*/, short what, void* self) {
  auto* watcher = static_cast<FdWatcher*>(self);
  watcher->loop_.Wake();
  watcher->handler_.OnFdEvents({.readable = (what & (EV_READ | EV_CLOSED)) != 0,
                                .writable = (what & EV_WRITE) != 0,
                                .hangup = (what & EV_CLOSED) != 0});
}

}  // namespace firebreak::proxy
