// What the generator and its back end share: addresses and sockets.
#ifndef FIREBREAK_BENCH_LOAD_SOCKET_H_
#define FIREBREAK_BENCH_LOAD_SOCKET_H_

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <string>

namespace firebreak::bench {

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
