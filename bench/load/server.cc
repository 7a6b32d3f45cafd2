#include "bench/load/server.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "bench/load/socket.h"

namespace firebreak::bench {
namespace {

// ServedConnection: header -> request -> response -> header ...
class ServedConnection {
 public:
  explicit ServedConnection(int fd) : fd_(fd) {}
  ~ServedConnection() { close(fd_); }
  ServedConnection(const ServedConnection&) = delete;
  ServedConnection& operator=(const ServedConnection&) = delete;

  int fd() const { return fd_; }

  // OnEvent returns false when the connection is over.
  bool OnEvent(IoBuffer* scratch) {
    while (true) {
      if (!SendResponse(scratch)) return false;
      if (response_left_ > 0) return true;
      const ssize_t n = recv(fd_, scratch->data(), scratch->size(), 0);
      if (n == 0) return false;
      if (n < 0) return errno == EAGAIN;
      Take(scratch->data(), static_cast<size_t>(n));
    }
  }

 private:
  // Take uses up what was read. A client waits for its response, so nothing follows a request.
  void Take(const char* data, size_t size) {
    if (header_filled_ < sizeof(header_)) {
      const size_t n = std::min(size, sizeof(header_) - header_filled_);
      memcpy(reinterpret_cast<char*>(&header_) + header_filled_, data, n);
      header_filled_ += n;
      size -= n;
      if (header_filled_ < sizeof(header_)) return;
      request_left_ = header_.request_bytes;
    }
    request_left_ -= std::min<uint64_t>(size, request_left_);
    if (request_left_ == 0) {
      response_left_ = header_.response_bytes;
      header_filled_ = 0;
    }
  }

  bool SendResponse(IoBuffer* scratch) {
    while (response_left_ > 0) {
      const size_t size = std::min<uint64_t>(response_left_, scratch->size());
      const ssize_t n = send(fd_, scratch->data(), size, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN;
      response_left_ -= static_cast<uint64_t>(n);
    }
    return true;
  }

  const int fd_;
  ExchangeHeader header_;
  size_t header_filled_ = 0;
  uint64_t request_left_ = 0;
  uint64_t response_left_ = 0;
};

void AcceptAll(int epoll_fd, int listener) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto connection = std::make_unique<ServedConnection>(fd);
    // Owned by its registration from here on; Serve deletes it.
    if (WatchEdges(epoll_fd, fd, connection.get())) static_cast<void>(connection.release());
  }
}

}  // namespace

int Serve(const sockaddr_in& address) {
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
        AcceptAll(epoll_fd, listener);
        continue;
      }
      auto* connection = static_cast<ServedConnection*>(events[i].data.ptr);
      if (!connection->OnEvent(scratch.get())) delete connection;
    }
  }
}

}  // namespace firebreak::bench
