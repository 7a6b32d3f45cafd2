#include "proxy/event/event_loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "proxy/event/descriptor_pool.h"

namespace firebreak::proxy {
namespace {

constexpr int kCallbacksPerLook = 16;

// A loop that cannot be made is a machine out of memory or descriptors at start-up; there is no
// state to save and nothing to fall back to.
template <typename T>
T* OrDie(T* made, absl::string_view what) {
  if (made == nullptr) {
    FB_LOG(kError, "cannot create ", what);
    std::abort();
  }
  return made;
}

event_base* NewBase() {
  static const bool prepared = [] {
    UseDescriptorPool();
    // What libevent warns about is told by the calls themselves.
    event_set_log_callback([](int, const char* text) { FB_LOG(kDebug, "libevent: ", text); });
    return true;
  }();
  (void)prepared;
  event_config* config = OrDie(event_config_new(), "event configuration");
  event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  // Our loops are entered by one thread each; Post has its own queue and eventfd.
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
  // A callback that activates itself again would otherwise never let the loop look at sockets,
  // timers and posts: FdWatcher::Again does so for a connection that is always ready.
  event_config_set_max_dispatch_interval(config, nullptr, kCallbacksPerLook, 0);
  event_base* base = OrDie(event_base_new_with_config(config), "event loop");
  event_config_free(config);
  return base;
}

}  // namespace

EventLoop::EventLoop(const Clock& clock)
    : clock_(clock),
      base_(NewBase()),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      now_(clock.MonoNow()) {
  wake_event_ = OrDie(
      event_new(
          base_, wake_fd_, EV_READ | EV_PERSIST,
          [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->RunPosted(); },
          this),
      "wake event");
  event_add(wake_event_, nullptr);
  bury_event_ = OrDie(
      event_new(
          base_, -1, 0,
          [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->Bury(); }, this),
      "bury event");
}

EventLoop::~EventLoop() {
  graveyard_.clear();
  event_free(bury_event_);
  event_free(wake_event_);
  event_base_free(base_);
  close(wake_fd_);
}

void EventLoop::Run() {
  {
    MutexLock lock(mutex_);
    if (stop_) return;
  }
  // What was posted before the loop ran comes before any event: it sets the loop's owner up.
  RunPosted();
  event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::RunOnce() { event_base_loop(base_, EVLOOP_ONCE); }

void EventLoop::Stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  const uint64_t one = 1;
  // The counter saturates only after 2^64 posts: a failed write means it is already readable.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void EventLoop::Post(std::function<void()> callback) {
  {
    MutexLock lock(mutex_);
    posted_.push_back(std::move(callback));
    if (posted_.size() > 1) return;  // already woken and not yet run
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void EventLoop::RunPosted() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wake_fd_, &count, sizeof(count));
  Wake();
  std::vector<std::function<void()>> batch;
  bool stop = false;
  {
    MutexLock lock(mutex_);
    batch.swap(posted_);
    stop = stop_;
  }
  for (const auto& callback : batch) callback();
  if (stop) event_base_loopbreak(base_);
}

void EventLoop::Bury() {
  bury_armed_ = false;
  // What dies may bury others: they wait for the next round, in a list of their own.
  while (!graveyard_.empty()) {
    auto dead = std::move(graveyard_);
    graveyard_.clear();
  }
}

void EventLoop::ArmBury() {
  if (bury_armed_) return;
  bury_armed_ = true;
  event_active(bury_event_, EV_TIMEOUT, 0);
}

}  // namespace firebreak::proxy
