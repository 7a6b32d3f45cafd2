#include "flows/stream_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::flows {

absl::Status StreamSocket::Fail(int error, absl::string_view what) {
  CloseSocket();
  return absl::UnavailableError(absl::ErrnoToStatus(error, what).message());
}

absl::Status StreamSocket::WaitFor(short events, MonoTime deadline, absl::string_view what) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.MonoNow()).count();
    if (left <= 0) return Fail(ETIMEDOUT, what);
    pollfd waited{.fd = fd_, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Fail(errno, what);
  }
}

absl::Status StreamSocket::Connect(const std::string& host, uint16_t port, MonoTime deadline) {
  CloseSocket();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(failed)));
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  absl::Status status;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    fd_ = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) return Fail(errno, "socket");
    if (connect(fd_, at->ai_addr, at->ai_addrlen) != 0 && errno != EINPROGRESS) {
      status = Fail(errno, "connect");
      continue;
    }
    status = WaitFor(POLLOUT, deadline, "connect");
    if (!status.ok()) continue;
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) {
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return absl::OkStatus();
    }
    status = Fail(error, "connect");
  }
  return status;
}

absl::Status StreamSocket::Write(absl::string_view text, MonoTime deadline) {
  while (!text.empty()) {
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
  std::string text(most, '\0');
  while (true) {
    const ssize_t count = recv(fd_, text.data(), text.size(), 0);
    if (count >= 0) {
      text.resize(static_cast<size_t>(count));
      return text;
    }
    if (errno == EAGAIN) {
      FB_RETURN_IF_ERROR(WaitFor(POLLIN, deadline, "read"));
    } else if (errno != EINTR) {
      return Fail(errno, "read");
    }
  }
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
