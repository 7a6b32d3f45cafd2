#include "cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace firebreak::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

// Becomes readable with the signal and stays so: one that comes just before the wait is not missed.
std::atomic<int> woken{-1};

void OnSignal(int /*number*/) {
  const int error = errno;
  interrupted.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  // Without the descriptor whoever waits does so to the end.
  const ssize_t told = write(woken.load(std::memory_order_relaxed), &one, sizeof(one));
  static_cast<void>(told);
  errno = error;
}

}  // namespace

const std::atomic<bool>& WatchInterrupt() {
  if (woken.load() < 0) woken.store(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return interrupted;
}

void WaitForInterrupt(std::chrono::milliseconds most) {
  pollfd signalled{.fd = woken.load(), .events = POLLIN, .revents = 0};  // -1 is passed over
  poll(&signalled, 1, static_cast<int>(most.count()));
}

}  // namespace firebreak::cli
