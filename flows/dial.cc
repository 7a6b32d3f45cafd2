#include "flows/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::flows {
namespace {

absl::Status Refused(const SocketAddress& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot connect to ", address.ToString(), ": ", why));
}

absl::StatusOr<int> DialOne(const SocketAddress& address, const Clock& clock, MonoTime deadline) {
  const int family = address.ip().is_v4() ? AF_INET : AF_INET6;
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Refused(address, std::strerror(errno));
  absl::Cleanup close_fd = [&fd] { close(fd); };
  sockaddr_storage to;
  const socklen_t size = address.ToSockaddr(&to);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), size) != 0 && errno != EINPROGRESS) {
    return Refused(address, std::strerror(errno));
  }
  const absl::Status answered = AwaitSocket(fd, POLLOUT, "no answer", clock, deadline);
  if (!answered.ok()) return Refused(address, answered.message());
  int error = 0;
  socklen_t error_size = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
  if (error != 0) return Refused(address, std::strerror(error));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::move(close_fd).Cancel();
  return fd;
}

}  // namespace

absl::StatusOr<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port,
                                                   int type) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(failed)));
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    addresses.push_back(SocketAddress::FromSockaddr(at->ai_addr));
  }
  if (addresses.empty()) return absl::UnavailableError(absl::StrCat(host, ": no address"));
  return addresses;
}

absl::Status AwaitSocket(int fd, short events, absl::string_view what, const Clock& clock,
                         MonoTime deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.MonoNow()).count();
    if (left <= 0) return absl::DeadlineExceededError(absl::StrCat(what, ": timed out"));
    pollfd waited{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return absl::UnavailableError(std::strerror(errno));
  }
}

absl::StatusOr<int> Dial(const std::string& host, uint16_t port, const Clock& clock,
                         MonoTime deadline) {
  FB_ASSIGN_OR_RETURN(const std::vector<SocketAddress> addresses, Resolve(host, port, SOCK_STREAM));
  return DialAny(addresses, clock, deadline);
}

absl::StatusOr<int> DialAny(absl::Span<const SocketAddress> addresses, const Clock& clock,
                            MonoTime deadline) {
  absl::StatusOr<int> fd = absl::UnavailableError("no address");
  auto left = static_cast<int>(addresses.size());
  for (const SocketAddress& address : addresses) {
    // One that does not answer leaves the others their part of the time.
    const MonoTime now = clock.MonoNow();
    fd = DialOne(address, clock, now + (deadline - now) / left--);
    if (fd.ok()) return fd;
  }
  return fd;
}

}  // namespace firebreak::flows
