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

void Doorbell::Nap(absl::Duration at_most) {
  state_.store(State::kNapping, std::memory_order_relaxed);
  Wait(at_most);
}

}  // namespace firebreak::flows
