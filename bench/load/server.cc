#include "bench/load/server.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace firebreak::bench {
namespace {

std::unique_ptr<ServedConnection> Make(int fd, Protocol protocol) {
  switch (protocol) {
    case Protocol::kRaw:
      return MakeServedRaw(fd);
    case Protocol::kHttp1:
      return MakeServedHttp1(fd);
    case Protocol::kHttp2:
    case Protocol::kGrpc:
    case Protocol::kGrpcStream:
      return MakeServedHttp2(fd);
  }
  return nullptr;
}

void AcceptAll(int epoll_fd, int listener, Protocol protocol) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto connection = Make(fd, protocol);
    // Owned by its registration from here on; Serve deletes it.
    if (WatchEdges(epoll_fd, fd, connection.get())) static_cast<void>(connection.release());
  }
}

}  // namespace

ServedConnection::~ServedConnection() { close(fd_); }

int Serve(const sockaddr_in& address, Protocol protocol) {
  int listener = ListenOn(address);
  if (listener < 0) {
    perror("fbload: listen");
    return 2;
  }
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = &listener;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  const auto scratch = std::make_unique<IoBuffer>();
  std::array<epoll_event, 256> events;
  while (true) {
    const int n = epoll_wait(epoll_fd, events.data(), events.size(), -1);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.ptr == &listener) {
        AcceptAll(epoll_fd, listener, protocol);
        continue;
      }
      auto* connection = static_cast<ServedConnection*>(events[i].data.ptr);
      if (!connection->OnEvent(*scratch)) delete connection;
    }
  }
}

}  // namespace firebreak::bench
