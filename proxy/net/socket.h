// Sockets: an owned descriptor, and the calls that make and question TCP sockets.
#ifndef FIREBREAK_PROXY_NET_SOCKET_H_
#define FIREBREAK_PROXY_NET_SOCKET_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "base/ip.h"

namespace firebreak::proxy {

// Socket owns a descriptor and closes it. -1: none.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { Reset(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int fd() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_ = -1;
};

// Listen opens a non-blocking listening socket with SO_REUSEPORT, so that each worker has one of
// its own on the same address. The error names the address.
absl::StatusOr<Socket> Listen(const SocketAddress& address);

// ListenUnix opens a listening socket at path that only this user may connect to. A socket that an
// earlier process left there is replaced; anything else is an error.
absl::StatusOr<Socket> ListenUnix(const std::string& path);

// CheckFree fails when anybody listens on the address already. SO_REUSEPORT would let a second
// process of ours share the port, and its connections, without a word.
absl::Status CheckFree(const SocketAddress& address);

// Connect starts a non-blocking connect with TCP_NODELAY. An error means that it failed at once;
// otherwise ask ConnectError when the socket becomes writable.
absl::StatusOr<Socket> Connect(const SocketAddress& address);
// ConnectError is 0 once a connect has succeeded, else its errno.
int ConnectError(int fd);

SocketAddress LocalAddress(int fd);
SocketAddress PeerAddress(int fd);

// OriginalDestination is where a connection was going before netfilter redirected it to us
// (SO_ORIGINAL_DST, IPv4 and IPv6). nullopt: it was not redirected.
std::optional<SocketAddress> OriginalDestination(int fd);

void SetNoDelay(int fd);
// ResetOnClose makes the coming close send RST instead of FIN: the peer must not take a stream
// that was cut for one that ended.
void ResetOnClose(int fd);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_SOCKET_H_
