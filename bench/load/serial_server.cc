// One exchange at a time on a connection: raw bytes and HTTP/1.1.
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "bench/load/server.h"

namespace firebreak::bench {
namespace {

constexpr size_t kMaxHead = 65'536;

// A client waits for its response, so nothing follows a request.
class SerialServer : public ServedConnection {
 public:
  using ServedConnection::ServedConnection;

  bool OnEvent(IoBuffer& scratch) override {
    while (true) {
      if (!SendResponse(scratch)) return false;
      if (!head_.empty() || response_left_ > 0) return true;
      const ssize_t n = recv(fd(), scratch.data(), scratch.size(), 0);
      if (n == 0) return false;
      if (n < 0) return errno == EAGAIN;
      if (!Take(scratch.data(), static_cast<size_t>(n))) return false;
    }
  }

 protected:
  // Take uses up what was read, and calls Respond when the request is complete; false ends it.
  virtual bool Take(const char* data, size_t size) = 0;

  void Respond(std::string head, uint64_t body) {
    head_ = std::move(head);
    response_left_ = body;
  }

 private:
  bool SendResponse(IoBuffer& scratch) {
    while (!head_.empty() || response_left_ > 0) {
      // Behind the head, any bytes do.
      const size_t head = std::min(head_.size(), scratch.size());
      memcpy(scratch.data(), head_.data(), head);
      const size_t size = head + std::min<uint64_t>(response_left_, scratch.size() - head);
      const ssize_t n = send(fd(), scratch.data(), size, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN;
      const auto sent = static_cast<size_t>(n);
      response_left_ -= sent - std::min(sent, head);
      head_.erase(0, std::min(sent, head));
    }
    return true;
  }

  std::string head_;
  uint64_t response_left_ = 0;
};

class RawServer final : public SerialServer {
 public:
  using SerialServer::SerialServer;

 private:
  bool Take(const char* data, size_t size) override {
    if (header_filled_ < sizeof(header_)) {
      const size_t n = std::min(size, sizeof(header_) - header_filled_);
      memcpy(reinterpret_cast<char*>(&header_) + header_filled_, data, n);
      header_filled_ += n;
      size -= n;
      if (header_filled_ < sizeof(header_)) return true;
      request_left_ = header_.request_bytes;
    }
    request_left_ -= std::min<uint64_t>(size, request_left_);
    if (request_left_ == 0) {
      Respond("", header_.response_bytes);
      header_filled_ = 0;
    }
    return true;
  }

  ExchangeHeader header_;
  size_t header_filled_ = 0;
  uint64_t request_left_ = 0;
};

class Http1Server final : public SerialServer {
 public:
  using SerialServer::SerialServer;

 private:
  bool Take(const char* data, size_t size) override {
    if (in_head_) {
      const size_t before = request_.size();
      request_.append(data, size);
      const size_t end = request_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (end == std::string::npos) return request_.size() < kMaxHead;
      size = request_.size() - (end + 4);
      request_.resize(end + 2);
      in_head_ = false;
      if (!ReadHead()) return false;
    }
    if (size > request_left_) return false;
    request_left_ -= size;
    if (request_left_ == 0) Answer();
    return true;
  }

  // ReadHead takes bodies with a length only: that is what the generator sends.
  bool ReadHead() {
    request_left_ = 0;
    for (size_t line = 0; line < request_.size(); line = request_.find("\r\n", line) + 2) {
      constexpr char kLength[] = "content-length:";
      constexpr char kEncoding[] = "transfer-encoding:";
      const char* text = request_.c_str() + line;
      if (strncasecmp(text, kEncoding, sizeof(kEncoding) - 1) == 0) return false;
      if (strncasecmp(text, kLength, sizeof(kLength) - 1) == 0) {
        request_left_ =
            LeadingNumber(text + sizeof(kLength) - 1, request_.c_str() + request_.size());
      }
    }
    return true;
  }

  void Answer() {
    // "METHOD /v1/resource-N/SIZE HTTP/1.1"
    const size_t target_end = request_.find(' ', request_.find(' ') + 1);
    const size_t slash = request_.rfind('/', target_end);
    const uint64_t size =
        LeadingNumber(request_.c_str() + slash + 1, request_.c_str() + target_end);
    Respond(
        "HTTP/1.1 200 OK\r\nserver: fbload\r\ncontent-type: application/octet-stream\r\n"
        "content-length: " +
            std::to_string(size) + "\r\n\r\n",
        size);
    request_.clear();
    in_head_ = true;
  }

  std::string request_;
  bool in_head_ = true;
  uint64_t request_left_ = 0;
};

}  // namespace

std::unique_ptr<ServedConnection> MakeServedRaw(int fd) { return std::make_unique<RawServer>(fd); }

std::unique_ptr<ServedConnection> MakeServedHttp1(int fd) {
  return std::make_unique<Http1Server>(fd);
}

}  // namespace firebreak::bench
