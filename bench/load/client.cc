#include "bench/load/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace firebreak::bench {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kLate = 1'000'000;
constexpr uint64_t kGrace = 10 * kSecond;
constexpr size_t kOpeningAtOnce = 32;
constexpr uint64_t kErrorsToGiveUp = 1000;

uint64_t Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

Load::Load(const LoadOptions& options)
    : options_(options),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(static_cast<size_t>(options.connections)),
      out_(std::make_unique<IoBuffer>()),
      in_(std::make_unique<IoBuffer>()),
      engine_(options.address.sin_port) {
  memcpy(out_->data(), &options_.exchange, sizeof(options_.exchange));
  for (Connection& connection : connections_) idle_.push_back(&connection);
}

Load::~Load() {
  for (Connection& connection : connections_) Close(&connection);
  close(epoll_fd_);
}

bool Load::Open() {
  if (options_.reconnect) return true;
  errors_ = 0;
  size_t started = 0;
  const uint64_t deadline = Now() + 6 * kGrace;
  std::vector<Connection*> to_open;
  to_open.swap(idle_);
  while (idle_.size() < connections_.size() && Now() < deadline && errors_ == 0) {
    while (started < to_open.size() && started - idle_.size() < kOpeningAtOnce) {
      Start(to_open[started++], Now());
    }
    Wait(Now() + kSecond / 10);
  }
  return errors_ == 0 && idle_.size() == connections_.size();
}

std::string Load::RunBlock(double seconds) {
  latencies_.Clear();
  errors_ = late_ = 0;
  const uint64_t start = Now();
  block_end_ = start + static_cast<uint64_t>(seconds * 1e9);
  next_arrival_ = start;
  if (options_.rate > 0) {
    NextArrival();
  } else {
    std::vector<Connection*> all;
    all.swap(idle_);
    for (Connection* connection : all) Start(connection, Now());
  }
  uint64_t now = start;
  while (now < block_end_ + kGrace && errors_ < kErrorsToGiveUp) {
    if (options_.rate > 0) StartDueArrivals(now);
    const bool pending = options_.rate > 0 && next_arrival_ < block_end_;
    if (!pending && queue_.empty() && idle_.size() == connections_.size()) break;
    Wait(pending ? next_arrival_ : now + kSecond / 10);
    now = Now();
  }
  block_end_ = 0;
  for (Connection& connection : connections_) {
    if (connection.busy) Finish(&connection, false);
  }
  queue_.clear();
  std::array<char, 256> text;
  const auto us = [&](double q) { return static_cast<double>(latencies_.Quantile(q)) / 1e3; };
  snprintf(text.data(), text.size(),
           "{\"exchanges\": %llu, \"seconds\": %.6f, \"errors\": %llu, \"late\": %llu, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f}",
           static_cast<unsigned long long>(latencies_.count()),
           static_cast<double>(now - start) / 1e9, static_cast<unsigned long long>(errors_),
           static_cast<unsigned long long>(late_), us(0.5), us(0.99), us(0.999));
  return text.data();
}

void Load::NextArrival() {
  std::exponential_distribution<double> gap(options_.rate);
  next_arrival_ += static_cast<uint64_t>(gap(engine_) * 1e9);
}

void Load::StartDueArrivals(uint64_t now) {
  for (; next_arrival_ <= now && next_arrival_ < block_end_; NextArrival()) {
    queue_.push_back(next_arrival_);
  }
  while (!queue_.empty() && !idle_.empty()) {
    Connection* connection = idle_.back();
    idle_.pop_back();
    const uint64_t intended = queue_.front();
    queue_.pop_front();
    Start(connection, intended);
  }
}

void Load::Start(Connection* connection, uint64_t intended) {
  connection->busy = true;
  connection->intended = intended;
  connection->send_left = sizeof(ExchangeHeader) + options_.exchange.request_bytes;
  connection->receive_left = options_.exchange.response_bytes;
  if (options_.rate > 0 && Now() > intended + kLate) ++late_;
  if (connection->fd >= 0) {
    if (!Progress(connection)) Finish(connection, false);
    return;
  }
  connection->fd = ConnectTo(options_.address);
  connection->connected = false;
  if (connection->fd < 0 || !WatchEdges(epoll_fd_, connection->fd, connection)) {
    Finish(connection, false);
  }
}

void Load::Wait(uint64_t until) {
  std::array<epoll_event, 256> events;
  const uint64_t now = Now();
  const uint64_t left = until > now ? until - now : 0;
  const timespec timeout = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  const int n = epoll_pwait2(epoll_fd_, events.data(), events.size(), &timeout, nullptr);
  for (int i = 0; i < n; ++i) {
    OnEvent(static_cast<Connection*>(events[i].data.ptr), events[i].events);
  }
}

void Load::OnEvent(Connection* connection, uint32_t events) {
  if (connection->fd < 0) return;  // closed earlier in this batch
  if (!connection->busy) {
    // Nothing is owed on an idle connection: only its end can be news.
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) Close(connection);
    return;
  }
  if ((events & EPOLLERR) != 0) {
    Finish(connection, false);
    return;
  }
  if ((events & EPOLLOUT) != 0) connection->connected = true;
  if (connection->connected && !Progress(connection)) Finish(connection, false);
}

// Progress returns false when the exchange failed. The response to a request just sent brings an
// event of its own.
bool Load::Progress(Connection* connection) {
  return connection->send_left > 0 ? SendRequest(connection) : ReceiveResponse(connection);
}

bool Load::SendRequest(Connection* connection) {
  const uint64_t total = sizeof(ExchangeHeader) + options_.exchange.request_bytes;
  while (connection->send_left > 0) {
    // The header is the start of the buffer; past it, any bytes do.
    const uint64_t sent = total - connection->send_left;
    const size_t begin = std::min<uint64_t>(sent, sizeof(ExchangeHeader));
    const size_t size = std::min<uint64_t>(connection->send_left, out_->size() - begin);
    const ssize_t n = send(connection->fd, out_->data() + begin, size, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    connection->send_left -= static_cast<uint64_t>(n);
  }
  return true;
}

bool Load::ReceiveResponse(Connection* connection) {
  while (true) {
    const ssize_t n = recv(connection->fd, in_->data(), in_->size(), 0);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN;
    const auto got = static_cast<uint64_t>(n);
    if (got > connection->receive_left) return false;
    connection->receive_left -= got;
    if (connection->receive_left == 0) {
      Finish(connection, true);
      return true;
    }
    if (got < in_->size()) return true;
  }
}

void Load::Finish(Connection* connection, bool ok) {
  const uint64_t now = Now();
  connection->busy = false;
  if (ok) {
    latencies_.Record(now - connection->intended);
  } else {
    ++errors_;
  }
  if (!ok || options_.reconnect) Close(connection);
  const bool again = options_.rate <= 0 && now < block_end_ && errors_ < kErrorsToGiveUp;
  if (again && ok) {
    Start(connection, now);
  } else {
    idle_.push_back(connection);
  }
}

void Load::Close(Connection* connection) {
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

}  // namespace firebreak::bench
