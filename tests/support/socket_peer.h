// SocketPeer is a client or a server that lives on the loop of what is tested.
#ifndef FIREBREAK_TESTS_SUPPORT_SOCKET_PEER_H_
#define FIREBREAK_TESTS_SUPPORT_SOCKET_PEER_H_

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "proxy/event/event_loop.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/net/socket.h"

namespace firebreak::tests {

// What it is given to send leaves as the socket takes it; what comes it keeps, unless it was told
// not to read.
class SocketPeer final : private proxy::FdHandler {
 public:
  SocketPeer(proxy::EventLoop& loop, proxy::Socket socket) : socket_(std::move(socket)) {
    proxy::FdHandler& handler = *this;
    watcher_.emplace(loop, socket_.fd(), handler);
  }
  SocketPeer(const SocketPeer&) = delete;
  SocketPeer& operator=(const SocketPeer&) = delete;

  void Send(absl::string_view bytes) {
    to_send_.append(bytes.data(), bytes.size());
    Go();
  }
  // EndSending follows what was given before with a FIN.
  void EndSending() {
    ends_ = true;
    Go();
  }
  // Reset ends both directions with RST. Not from within a callback of the loop.
  void Reset() {
    watcher_.reset();
    proxy::ResetOnClose(socket_.fd());
    socket_.Reset();
    saw_reset_ = true;
  }
  void StopReading() { reading_ = false; }
  void ReadOn() {
    reading_ = true;
    Go();
  }

  const std::string& received() const { return received_; }
  size_t unsent() const { return to_send_.size() - sent_; }
  // The other side has ended its direction in order; or reset the connection.
  bool saw_end() const { return saw_end_; }
  bool saw_reset() const { return saw_reset_; }

 private:
  void OnFdEvents(proxy::FdEvents /*events*/) override { Go(); }
  void Go() {
    Write();
    Read();
  }
  void Write() {
    while (unsent() > 0 && !saw_reset_) {
      const ssize_t put = send(socket_.fd(), to_send_.data() + sent_, unsent(), MSG_NOSIGNAL);
      if (put < 0) {
        if (errno != EAGAIN) saw_reset_ = true;
        return;
      }
      sent_ += static_cast<size_t>(put);
    }
    if (ends_ && unsent() == 0 && !saw_reset_ && !std::exchange(shut_, true))
      shutdown(socket_.fd(), SHUT_WR);
  }
  void Read() {
    char piece[65'536];
    while (reading_ && !saw_end_ && !saw_reset_) {
      const ssize_t got = recv(socket_.fd(), piece, sizeof(piece), 0);
      if (got > 0) {
        received_.append(piece, static_cast<size_t>(got));
        continue;
      }
      if (got < 0 && errno == EAGAIN) return;
      (got == 0 ? saw_end_ : saw_reset_) = true;
    }
  }

  proxy::Socket socket_;
  std::optional<proxy::FdWatcher> watcher_;
  std::string to_send_;
  size_t sent_ = 0;  // of it
  std::string received_;
  bool reading_ = true;
  bool ends_ = false;
  bool shut_ = false;
  bool saw_end_ = false;
  bool saw_reset_ = false;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_SOCKET_PEER_H_
