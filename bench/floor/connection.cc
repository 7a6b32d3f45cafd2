#include "bench/floor/connection.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace firebreak::bench {
namespace {

// After so many full reads the socket is re-armed and the others get their turn.
constexpr int kRoundsAnEvent = 16;

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

epoll_event EdgeEvent(Side* side) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = side;
  return event;
}

}  // namespace

Connection::Connection(Relay* relay, int accepted_fd)
    : relay_(relay), ssl_(NewSession(relay->context, &relay->batch, relay->is_server)) {
  tls_.connection = plain_.connection = this;
  if (relay->is_server) {
    Register(&tls_, accepted_fd);
  } else {
    Register(&plain_, accepted_fd);
    ConnectUpstream(&tls_);
  }
}

Connection::~Connection() {
  if (tls_.fd >= 0) close(tls_.fd);
  if (plain_.fd >= 0) close(plain_.fd);
  SSL_free(ssl_);
}

bool Connection::Register(Side* side, int fd) {
  side->fd = fd;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event = EdgeEvent(side);
  return epoll_ctl(relay_->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Connection::Rearm(Side* side) {
  epoll_event event = EdgeEvent(side);
  return epoll_ctl(relay_->epoll_fd, EPOLL_CTL_MOD, side->fd, &event) == 0;
}

bool Connection::ConnectUpstream(Side* side) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  side->connecting = true;
  const auto* address = reinterpret_cast<const sockaddr*>(&relay_->upstream);
  const bool started = connect(fd, address, sizeof(relay_->upstream)) == 0 || errno == EINPROGRESS;
  return Register(side, fd) && started;
}

bool Connection::OnEvent(Side* side, uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) side->hangup = true;
  // An edge tells of everything that is ready, so EPOLLOUT alone does not mean that room was made.
  bool room = side->connecting || !side->wait.empty();
  if (room && (events & EPOLLOUT) != 0) {
    if (side->connecting && side == &tls_ && !Handshake()) return false;
    side->connecting = false;
    if (!Flush(side)) return false;
  }
  room = room && !side->connecting && side->wait.empty();
  if ((events & EPOLLIN) != 0 || side->hangup) {
    const bool was_established = established_;
    if (!(side == &tls_ ? PumpTls() : PumpPlain())) return false;
    if (established_ && !was_established && !PumpPlain()) return false;
  }
  if (room && !(side == &tls_ ? PumpPlain() : PumpTls())) return false;
  return !established_ || FinishDirections();
}

// Handshake goes as far as the batch allows.
bool Connection::Handshake() {
  const int result = SSL_do_handshake(ssl_);
  tls_.connecting = false;
  const bool waits = result != 1 && SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ;
  if (!SendBatch() || (result != 1 && !waits)) return false;
  if (result != 1) return true;
  established_ = true;
  return !relay_->is_server || ConnectUpstream(&plain_);
}

// PumpTls moves ciphertext in. A read shorter than asked for means the socket is empty, and the
// next edge will tell; only at the end of the stream must it be read until it says so.
bool Connection::PumpTls() {
  CipherBatch& batch = relay_->batch;
  if (tls_.connecting) return true;
  for (int round = 0; plain_.wait.empty() && !tls_.eof; ++round) {
    if (round == kRoundsAnEvent) return Rearm(&tls_);
    const ssize_t n = recv(tls_.fd, batch.in.data(), batch.in.size(), 0);
    if (n < 0) return WouldBlock();
    batch.in_begin = 0;
    batch.in_end = static_cast<size_t>(n);
    if (n == 0) {
      tls_.eof = true;
      return established_;
    }
    if (!established_ && !Handshake()) return false;
    if (established_ && !DecryptBatch()) return false;
    if (static_cast<size_t>(n) < batch.in.size() && !tls_.hangup) return true;
  }
  return true;
}

// DecryptBatch empties the batch: a record that is not whole yet moves into the SSL's own buffer.
bool Connection::DecryptBatch() {
  auto& out = relay_->plain;
  size_t filled = 0;
  while (true) {
    const int n = SSL_read(ssl_, out.data() + filled, static_cast<int>(out.size() - filled));
    if (n > 0) {
      filled += static_cast<size_t>(n);
      continue;
    }
    const int error = SSL_get_error(ssl_, n);
    if (error == SSL_ERROR_ZERO_RETURN) tls_.eof = true;
    if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) return false;
    break;
  }
  return filled == 0 || Send(&plain_, out.data(), filled);
}

bool Connection::PumpPlain() {
  auto& in = relay_->plain;
  if (!established_ || plain_.fd < 0 || plain_.connecting) return true;
  for (int round = 0; tls_.wait.empty() && !plain_.eof; ++round) {
    if (round == kRoundsAnEvent) return Rearm(&plain_);
    const ssize_t n = recv(plain_.fd, in.data(), kChunk, 0);
    if (n < 0) return WouldBlock();
    if (n == 0) {
      plain_.eof = true;
      return true;
    }
    if (SSL_write(ssl_, in.data(), static_cast<int>(n)) != n || !SendBatch()) return false;
    if (static_cast<size_t>(n) < kChunk && !plain_.hangup) return true;
  }
  return true;
}

bool Connection::SendBatch() {
  std::vector<char>& out = relay_->batch.out;
  if (out.empty()) return true;
  const bool alive = Send(&tls_, out.data(), out.size());
  out.clear();
  return alive;
}

bool Connection::Send(Side* side, const char* data, size_t size) {
  if (side->wait.empty() && side->fd >= 0 && !side->connecting) {
    const ssize_t n = send(side->fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && !WouldBlock()) return false;
    if (n > 0) {
      data += n;
      size -= static_cast<size_t>(n);
    }
  }
  side->wait.insert(side->wait.end(), data, data + size);
  return true;
}

bool Connection::Flush(Side* side) {
  if (side->wait.empty()) return true;
  const ssize_t n = send(side->fd, side->wait.data(), side->wait.size(), MSG_NOSIGNAL);
  if (n < 0) return WouldBlock();
  side->wait.erase(side->wait.begin(), side->wait.begin() + n);
  if (side->wait.empty()) std::vector<char>().swap(side->wait);
  return true;
}

// FinishDirections passes on the end of a stream once all before it is sent; false when both ended.
bool Connection::FinishDirections() {
  if (plain_.eof && !tls_.shut && tls_.wait.empty()) {
    tls_.shut = true;
    SSL_shutdown(ssl_);
    if (!SendBatch()) return false;
    shutdown(tls_.fd, SHUT_WR);
  }
  if (tls_.eof && !plain_.shut && plain_.wait.empty() && plain_.fd >= 0 && !plain_.connecting) {
    plain_.shut = true;
    shutdown(plain_.fd, SHUT_WR);
  }
  return !(tls_.shut && plain_.shut);
}

}  // namespace firebreak::bench
