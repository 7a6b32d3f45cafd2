#include "flows/stream_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "flows/dial.h"

namespace firebreak::flows {

absl::Status StreamSocket::Fail(int error, absl::string_view what) {
  CloseSocket();
  return absl::UnavailableError(absl::ErrnoToStatus(error, what).message());
}

absl::Status StreamSocket::WaitFor(short events, MonoTime deadline, absl::string_view what) {
  absl::Status ready = AwaitSocket(fd_, events, what, clock_, deadline);
  if (!ready.ok()) CloseSocket();
  return ready;
}

// InTime: a peer that always has a byte more, or room for one, must not hold us for ever.
absl::Status StreamSocket::InTime(MonoTime deadline, absl::string_view what) {
  if (clock_.MonoNow() < deadline) return absl::OkStatus();
  CloseSocket();
  return absl::DeadlineExceededError(absl::StrCat(what, ": timed out"));
}

absl::Status StreamSocket::Connect(const std::string& host, uint16_t port, MonoTime deadline) {
  CloseSocket();
  FB_ASSIGN_OR_RETURN(fd_, Dial(host, port, clock_, deadline));
  return absl::OkStatus();
}

absl::Status StreamSocket::Write(absl::string_view text, MonoTime deadline) {
  while (!text.empty()) {
    FB_RETURN_IF_ERROR(InTime(deadline, "write"));
    const ssize_t count = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      FB_RETURN_IF_ERROR(WaitFor(POLLOUT, deadline, "write"));
    } else if (errno != EINTR) {
      return Fail(errno, "write");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StreamSocket::Read(size_t most, MonoTime deadline) {
  while (true) {
    FB_RETURN_IF_ERROR(InTime(deadline, "read"));
    FB_ASSIGN_OR_RETURN(std::optional<std::string> text, ReadNow(most));
    if (text.has_value()) return *std::move(text);
    FB_RETURN_IF_ERROR(WaitFor(POLLIN, deadline, "read"));
  }
}

absl::StatusOr<std::optional<std::string>> StreamSocket::ReadNow(size_t most) {
  std::string text(most, '\0');
  ssize_t count = 0;
  do {
    count = recv(fd_, text.data(), text.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return std::nullopt;
  if (count < 0) return Fail(errno, "read");
  text.resize(static_cast<size_t>(count));
  return text;
}

bool StreamSocket::IsStale() const {
  char byte = 0;
  const ssize_t count = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || errno != EAGAIN;
}

void StreamSocket::CloseSocket() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

}  // namespace firebreak::flows
