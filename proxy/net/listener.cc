#include "proxy/net/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace firebreak::proxy {
namespace {

// Others get their turn after this many; the level-triggered watch calls again.
constexpr int kMaxAcceptsAtOnce = 64;
constexpr std::chrono::milliseconds kRest{100};

}  // namespace

Listener::Listener(EventLoop& loop, Socket socket, OnAccept on_accept)
    : socket_(std::move(socket)),
      on_accept_(std::move(on_accept)),
      watcher_(loop, socket_.fd(), *this, FdWatcher::Trigger::kLevelRead),
      rest_(loop, [this] { watcher_.Resume(); }) {}

void Listener::OnFdEvents(FdEvents /*events*/) {
  for (int i = 0; i < kMaxAcceptsAtOnce; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(storage);
    Socket accepted(accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&storage), &length,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted.valid()) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN) return Rest(errno);
      short_of_descriptors_ = false;  // nobody waits any more; one accepted in between is no sign
      return;
    }
    SetNoDelay(accepted.fd());
    on_accept_(std::move(accepted),
               SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage)));
  }
}

void Listener::Rest(int error) {
  if (!short_of_descriptors_) {
    FB_LOG(kWarning, "cannot accept on ", LocalAddress(socket_.fd()).ToString(), ": ",
           std::strerror(error), "; trying again every ", kRest.count(), " ms");
    short_of_descriptors_ = true;
  }
  watcher_.Pause();
  rest_.Set(kRest);
}

}  // namespace firebreak::proxy
