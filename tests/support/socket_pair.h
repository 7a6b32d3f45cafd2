// A connected pair of real, non-blocking TCP sockets on loopback, for tests.
#ifndef FIREBREAK_TESTS_SUPPORT_SOCKET_PAIR_H_
#define FIREBREAK_TESTS_SUPPORT_SOCKET_PAIR_H_

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "base/ip.h"
#include "proxy/net/socket.h"

namespace firebreak::tests {

struct SocketPair {
  proxy::Socket near;
  proxy::Socket far;
};

// Small buffers make back-pressure cheap to provoke; zero keeps the system's.
inline SocketPair MakeSocketPair(int buffer_bytes = 0) {
  auto listener = proxy::Listen(*SocketAddress::Parse("127.0.0.1:0"));
  if (buffer_bytes > 0) {
    setsockopt(listener->fd(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
    setsockopt(listener->fd(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
  }
  auto near = proxy::Connect(proxy::LocalAddress(listener->fd()));
  pollfd wait{.fd = listener->fd(), .events = POLLIN, .revents = 0};
  poll(&wait, 1, 5000);
  proxy::Socket far(accept4(listener->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (buffer_bytes > 0) {
    setsockopt(near->fd(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
  }
  return {*std::move(near), std::move(far)};
}

// ReadAvailable reads what is there now, waiting up to five seconds for the first byte or the end.
inline std::string ReadAvailable(const proxy::Socket& socket, bool* ended = nullptr) {
  pollfd wait{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  poll(&wait, 1, 5000);
  std::string all;
  char piece[65536];
  for (;;) {
    const ssize_t got = recv(socket.fd(), piece, sizeof(piece), 0);
    if (got <= 0) {
      if (ended != nullptr) *ended = got == 0;
      return all;
    }
    all.append(piece, static_cast<size_t>(got));
  }
}

inline void SendAll(const proxy::Socket& socket, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t put = send(socket.fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (put > 0) {
      sent += static_cast<size_t>(put);
      continue;
    }
    pollfd wait{.fd = socket.fd(), .events = POLLOUT, .revents = 0};
    if (poll(&wait, 1, 5000) != 1) return;
  }
}

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_SOCKET_PAIR_H_
