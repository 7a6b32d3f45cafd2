#include "flows/doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace firebreak::flows {
namespace {

constexpr absl::Duration kNapWithoutEventfd = absl::Milliseconds(20);

}  // namespace

Doorbell::Doorbell() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Doorbell::~Doorbell() {
  if (fd_ >= 0) close(fd_);
}

void Doorbell::RingIfAsleep() {
  // The plain load keeps the flag's cache line shared between workers; only the first to see it
  // raised writes.
  if (!asleep_.load(std::memory_order_seq_cst)) return;
  if (asleep_.exchange(false, std::memory_order_seq_cst)) Ring();
}

void Doorbell::Ring() {
  const uint64_t one = 1;
  // A full counter (EAGAIN) is a bell that rings already.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
}

void Doorbell::Wait(absl::Duration at_most) {
  if (fd_ < 0) at_most = std::min(at_most, kNapWithoutEventfd);
  const int64_t milliseconds = absl::ToInt64Milliseconds(std::min(at_most, absl::Hours(1)));
  pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};  // a negative fd is only a nap
  if (poll(&waited, 1, static_cast<int>(milliseconds)) > 0) {
    uint64_t rings = 0;
    [[maybe_unused]] const ssize_t got = read(fd_, &rings, sizeof(rings));
  }
  Withdraw();
}

}  // namespace firebreak::flows
