// One exchange at a time on a connection: raw bytes and HTTP/1.1.
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"

#include "bench/load/channel.h"

namespace firebreak::bench {
namespace {

constexpr size_t kMaxHead = 65'536;
constexpr size_t kSendAtOnce = size_t{256} * 1024;

std::string RawRequest(const ExchangeHeader& exchange) {
  std::string request(sizeof(exchange) + exchange.request_bytes, '\0');
  memcpy(request.data(), &exchange, sizeof(exchange));
  return request;
}

std::string Http1Request(const LoadOptions& options, int resource) {
  const ExchangeHeader& exchange = options.exchange;
  std::string request = exchange.request_bytes > 0 ? "POST" : "GET";
  request += " /v1/resource-" + std::to_string(resource) + "/" +
             std::to_string(exchange.response_bytes) +
             " HTTP/1.1\r\nhost: bench.example\r\nuser-agent: fbload\r\naccept: */*\r\n";
  if (exchange.request_bytes > 0) {
    request += "content-type: application/octet-stream\r\ncontent-length: " +
               std::to_string(exchange.request_bytes) + "\r\n";
  }
  return request + "\r\n" + std::string(exchange.request_bytes, 'x');
}

std::vector<std::string> Requests(const LoadOptions& options) {
  if (options.protocol == Protocol::kRaw) return {RawRequest(options.exchange)};
  std::vector<std::string> requests;
  requests.reserve(static_cast<size_t>(options.paths));
  for (int i = 0; i < options.paths; ++i) {
    requests.push_back(Http1Request(options, i * options.path_stride));
  }
  return requests;
}

class SerialChannel final : public Channel {
 public:
  SerialChannel(const LoadOptions& options, int epoll_fd, IoBuffer& scratch, SlotOwner& owner)
      : Channel(options, epoll_fd, scratch, owner, 1),
        http_(options.protocol == Protocol::kHttp1),
        requests_(Requests(options)) {}

 private:
  void Reset() override {}

  void Begin(Slot& /*slot*/) override {
    turn_ = (turn_ + 1) % requests_.size();
    sent_ = 0;
    head_.clear();
    in_head_ = http_;
    receive_left_ = options().exchange.response_bytes;
  }

  // The response to a request just sent brings an event of its own.
  bool Move() override {
    while (connected() && slots()[0].busy) {
      if (sent_ < request().size()) return Send();
      IoBuffer& into = scratch();
      const ssize_t n = recv(fd(), into.data(), into.size(), 0);
      if (n == 0) return false;
      if (n < 0) return errno == EAGAIN;
      const auto got = static_cast<size_t>(n);
      if (!Take(into.data(), got)) return false;
      if (!in_head_ && receive_left_ == 0) {
        Finish(slots()[0], true);
      } else if (got < into.size()) {
        return true;
      }
    }
    return true;
  }

  // Nothing is owed on an idle connection: only its end can be news.
  bool OnIdleEvent(uint32_t events) override {
    return (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0;
  }

  const std::string& request() const { return requests_[turn_]; }

  bool Send() {
    while (sent_ < request().size()) {
      const size_t size = std::min(request().size() - sent_, kSendAtOnce);
      const ssize_t n = send(fd(), request().data() + sent_, size, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN;
      sent_ += static_cast<size_t>(n);
    }
    return true;
  }

  bool Take(const char* data, size_t size) {
    if (in_head_) {
      const size_t before = head_.size();
      head_.append(data, size);
      const size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (end == std::string::npos) return head_.size() < kMaxHead;
      size = head_.size() - (end + 4);
      head_.resize(end + 2);
      in_head_ = false;
      if (!HeadIsRight()) return false;
    }
    if (size > receive_left_) return false;
    receive_left_ -= size;
    return true;
  }

  // HeadIsRight: 200, and as many bytes to come as were asked for.
  bool HeadIsRight() const {
    if (!absl::StartsWith(head_, "HTTP/1.1 200 ")) return false;
    for (size_t line = 0; line < head_.size(); line = head_.find("\r\n", line) + 2) {
      constexpr char kName[] = "content-length:";
      const char* text = head_.c_str() + line;
      if (strncasecmp(text, kName, sizeof(kName) - 1) == 0) {
        return LeadingNumber(text + sizeof(kName) - 1, head_.c_str() + head_.size()) ==
               receive_left_;
      }
    }
    return false;
  }

  const bool http_;
  const std::vector<std::string> requests_;
  size_t turn_ = 0;  // of requests_
  std::string head_;
  bool in_head_ = false;
  size_t sent_ = 0;
  uint64_t receive_left_ = 0;
};

}  // namespace

std::unique_ptr<Channel> MakeSerialChannel(const LoadOptions& options, int epoll_fd,
                                           IoBuffer& scratch, SlotOwner& owner) {
  return std::make_unique<SerialChannel>(options, epoll_fd, scratch, owner);
}

}  // namespace firebreak::bench
