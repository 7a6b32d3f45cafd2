#include "flows/datagram_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace firebreak::flows {
namespace {

// A receiver that does not read must not hold its sender for ever.
constexpr timeval kSendLimit{.tv_sec = 5, .tv_usec = 0};

// Connected returns a new socket that sends to address; -1 and errno.
int Connected(const sockaddr* address, socklen_t size) {
  const int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, address, size) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof(kSendLimit));
  return fd;
}

}  // namespace

absl::Status DatagramSocket::Take(int fd, int error, absl::string_view name) {
  Close();
  fd_ = fd;
  return is_open() ? absl::OkStatus() : absl::ErrnoToStatus(error, name);
}

absl::Status DatagramSocket::Open(const std::vector<SocketAddress>& addresses) {
  absl::Status status = absl::UnavailableError("no address");
  for (size_t tries = 0; tries < addresses.size(); ++tries) {
    const SocketAddress& address = addresses[next_ % addresses.size()];
    sockaddr_storage to;
    const socklen_t size = address.ToSockaddr(&to);
    const int fd = Connected(reinterpret_cast<const sockaddr*>(&to), size);
    const int error = errno;
    status = Take(fd, error, address.ToString());
    if (status.ok()) return status;
    ++next_;
  }
  return status;
}

absl::Status DatagramSocket::OpenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return absl::InvalidArgumentError("path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = Connected(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return Take(fd, errno, path);
}

absl::Status DatagramSocket::Send(absl::string_view datagram) {
  while (send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno == EMSGSIZE) return absl::OutOfRangeError("too long for a datagram");
    absl::Status failed = absl::ErrnoToStatus(errno, "send");
    Close();
    ++next_;
    return failed;
  }
  return absl::OkStatus();
}

void DatagramSocket::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

}  // namespace firebreak::flows
