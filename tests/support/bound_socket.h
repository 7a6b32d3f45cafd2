// A socket on a free port of loopback, for tests.
#ifndef FIREBREAK_TESTS_SUPPORT_BOUND_SOCKET_H_
#define FIREBREAK_TESTS_SUPPORT_BOUND_SOCKET_H_

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"

#include "base/ip.h"

namespace firebreak::tests {

// BoundSocket blocks. Of type SOCK_STREAM it listens.
class BoundSocket {
 public:
  explicit BoundSocket(int type = SOCK_STREAM, absl::string_view ip = "127.0.0.1")
      : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    socklen_t size = SocketAddress(*IpAddress::Parse(ip), 0).ToSockaddr(&address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&address));
    if (type != SOCK_STREAM) return;
    EXPECT_EQ(listen(fd_, 8), 0);
  }
  ~BoundSocket() { Close(); }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;

  int fd() const { return fd_; }
  const SocketAddress& address() const { return address_; }
  uint16_t port() const { return address_.port(); }

  // Accept waits for a connection, which is the caller's; negative after Shutdown.
  int Accept(int flags = 0) const { return accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | flags); }
  // Shutdown ends an Accept that waits on another thread.
  void Shutdown() const { shutdown(fd_, SHUT_RDWR); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
  SocketAddress address_;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_BOUND_SOCKET_H_
