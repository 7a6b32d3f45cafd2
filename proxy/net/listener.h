// Listener accepts connections on one worker.
#ifndef FIREBREAK_PROXY_NET_LISTENER_H_
#define FIREBREAK_PROXY_NET_LISTENER_H_

#include <functional>

#include "base/ip.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/event/timer.h"
#include "proxy/net/socket.h"

namespace firebreak::proxy {

// When descriptors run out, a Listener rests for a moment instead of spinning on a socket that
// stays readable, and says so in the log once per shortage.
class Listener final : private FdHandler {
 public:
  // on_accept receives each accepted socket, non-blocking, with TCP_NODELAY, and who connected.
  using OnAccept = std::function<void(Socket socket, const SocketAddress& peer)>;

  Listener(EventLoop& loop, Socket socket, OnAccept on_accept);

 private:
  void OnFdEvents(FdEvents events) override;
  void Rest(int error);

  Socket socket_;
  OnAccept on_accept_;
  bool short_of_descriptors_ = false;
  FdWatcher watcher_;
  Timer rest_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_LISTENER_H_
