#include "proxy/net/transport.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <utility>

namespace firebreak::proxy {
namespace {

constexpr int kMaxPieces = 16;

}  // namespace

Transport::Transport(Socket socket, Scratch& scratch)
    : socket_(std::move(socket)), scratch_(scratch), unsent_(scratch.slabs()) {}

void Transport::Watch(EventLoop& loop, FdHandler& handler) {
  watcher_ = std::make_unique<FdWatcher>(loop, fd(), handler);
}

Socket Transport::TakeSocket() {
  watcher_.reset();
  return std::move(socket_);
}

void Transport::Note(FdEvents events) {
  readable_ = readable_ || events.readable;
  hangup_ = hangup_ || events.hangup;
}

ReadResult Transport::Receive(absl::Span<char> into) {
  if (!readable_) return {.bytes = 0, .state = IoState::kBlocked};
  ssize_t got = 0;
  do {
    got = recv(fd(), into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {.bytes = 0, .state = IoState::kEof};
  if (got < 0) {
    if (errno != EAGAIN) return {.bytes = 0, .state = IoState::kReset};
    readable_ = false;
    return {.bytes = 0, .state = IoState::kBlocked};
  }
  // Edge-triggered: a short read has emptied the socket, and whatever comes later makes a new
  // event; only a FIN that was announced already does not. An RST that came with the data is hidden
  // by libevent, which tells it like room to write; Session::OnCheck and
  // PooledConnection::OnCheck meet it.
  const auto bytes = static_cast<size_t>(got);
  readable_ = bytes == into.size() || hangup_;
  return {.bytes = bytes, .state = IoState::kOk};
}

IoState Transport::SendOrHold(absl::string_view bytes) {
  if (unsent_.empty()) {
    ssize_t sent = 0;
    do {
      sent = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN) return IoState::kReset;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (bytes.empty()) return IoState::kOk;
  }
  unsent_.Append(bytes);
  return IoState::kBlocked;
}

IoState Transport::Flush() {
  while (!unsent_.empty()) {
    iovec pieces[kMaxPieces];
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<size_t>(unsent_.Front(pieces, kMaxPieces));
    const ssize_t sent = sendmsg(fd(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? IoState::kBlocked : IoState::kReset;
    }
    unsent_.Drain(static_cast<size_t>(sent));
  }
  return ShutDownIfWanted();
}

IoState Transport::Finish() {
  if (finish_ != FinishState::kOpen) return IoState::kOk;
  finish_ = FinishState::kWanted;
  const IoState sealed = SealEnd();
  if (sealed != IoState::kOk) return sealed;
  return ShutDownIfWanted();
}

IoState Transport::ShutDownIfWanted() {
  if (!unsent_.empty()) return IoState::kBlocked;
  if (finish_ != FinishState::kWanted) return IoState::kOk;
  finish_ = FinishState::kDone;
  // ENOTCONN: the peer has reset meanwhile, which the next read reports.
  shutdown(fd(), SHUT_WR);
  return IoState::kOk;
}

}  // namespace firebreak::proxy
