#include "proxy/net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

// SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST; their headers clash with <netinet/in.h>.
constexpr int kOriginalDestination = 80;
constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn

absl::Status ErrnoStatus(absl::string_view what, const SocketAddress& address, int error) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", address.ToString(), ": ", std::strerror(error)));
}

Socket NewTcpSocket(const SocketAddress& address) {
  const int family = address.ip().is_v4() ? AF_INET : AF_INET6;
  return Socket(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void SetOption(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof(value));
}

// AddressOf calls getsockname or getpeername; unspecified when the socket is gone.
template <typename Call>
SocketAddress AddressOf(Call call, int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (call(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage));
}

absl::StatusOr<Socket> ListenWith(const SocketAddress& address, int share_port) {
  Socket socket = NewTcpSocket(address);
  if (!socket.valid()) return ErrnoStatus("listen on", address, errno);
  SetOption(socket.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  SetOption(socket.fd(), SOL_SOCKET, SO_REUSEPORT, share_port);
  if (!address.ip().is_v4()) SetOption(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
      listen(socket.fd(), kBacklog) != 0) {
    return ErrnoStatus("listen on", address, errno);
  }
  return socket;
}

}  // namespace

void Socket::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::StatusOr<Socket> Listen(const SocketAddress& address) {
  return ListenWith(address, /*share_port=*/1);
}

absl::StatusOr<Socket> ListenUnix(const std::string& path) {
  const auto failed = [&](int error) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on unix:", path, ": ", std::strerror(error)));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return failed(ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) return failed(EEXIST);
    unlink(path.c_str());
  }
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The mode of the descriptor is the mode the file is made with: nobody else gets a moment.
  if (!socket.valid() || fchmod(socket.fd(), S_IRUSR | S_IWUSR) != 0 ||
      bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(socket.fd(), kBacklog) != 0) {
    return failed(errno);
  }
  return socket;
}

absl::Status CheckFree(const SocketAddress& address) {
  return ListenWith(address, /*share_port=*/0).status();
}

absl::StatusOr<Socket> Connect(const SocketAddress& address) {
  Socket socket = NewTcpSocket(address);
  if (!socket.valid()) return ErrnoStatus("connect to", address, errno);
  SetNoDelay(socket.fd());
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 &&
      errno != EINPROGRESS) {
    return ErrnoStatus("connect to", address, errno);
  }
  return socket;
}

int ConnectError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

SocketAddress LocalAddress(int fd) { return AddressOf(getsockname, fd); }
SocketAddress PeerAddress(int fd) { return AddressOf(getpeername, fd); }

std::optional<SocketAddress> OriginalDestination(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  // The option of the other family fails, so asking for both needs no look at the socket's own.
  if (getsockopt(fd, IPPROTO_IP, kOriginalDestination, &storage, &length) != 0) {
    length = sizeof(storage);
    if (getsockopt(fd, IPPROTO_IPV6, kOriginalDestination, &storage, &length) != 0) {
      return std::nullopt;
    }
  }
  const auto original = SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage));
  // conntrack also knows connections that nobody redirected: those lead to ourselves.
  if (original == LocalAddress(fd)) return std::nullopt;
  return original;
}

void SetNoDelay(int fd) { SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

void ResetOnClose(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace firebreak::proxy
