// What the generator and its back end share: addresses, sockets, and the exchange they speak.
#ifndef FIREBREAK_BENCH_LOAD_SOCKET_H_
#define FIREBREAK_BENCH_LOAD_SOCKET_H_

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace firebreak::bench {

// An exchange: the client sends this header (host byte order: both ends are this program) and
// `request_bytes` more; once all is read, the server sends `response_bytes`. Many may follow each
// other on a connection, one at a time.
struct ExchangeHeader {
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
};

using IoBuffer = std::array<char, size_t{256} * 1024>;

// ParseAddress reads IP:PORT (IPv4); false for anything else.
bool ParseAddress(const std::string& text, sockaddr_in* out);

// Each returns a non-blocking descriptor, or -1 with errno set. Connect may still be under way.
int ListenOn(const sockaddr_in& address);
int ConnectTo(const sockaddr_in& address);

// WatchEdges registers a socket once for both directions, edge-triggered.
bool WatchEdges(int epoll_fd, int fd, void* tag);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_SOCKET_H_
