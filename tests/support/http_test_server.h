// For tests: a server on loopback that answers each request as it was told, byte for byte.
#ifndef FIREBREAK_TESTS_SUPPORT_HTTP_TEST_SERVER_H_
#define FIREBREAK_TESTS_SUPPORT_HTTP_TEST_SERVER_H_

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "tests/support/bound_socket.h"

namespace firebreak::tests {

inline std::string HttpAnswer(int status, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status, " X\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

// TestServer takes one connection at a time. Where it has no answer left it closes the connection.
class TestServer {
 public:
  struct Answer {
    std::string bytes;
    bool close = false;
  };

  explicit TestServer(std::deque<Answer> answers) : answers_(std::move(answers)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~TestServer() {
    listener_.Shutdown();
    thread_.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  uint16_t port() const { return listener_.port(); }
  // requests returns heads and bodies as they came.
  std::vector<std::pair<std::string, std::string>> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void Run() {
    while (true) {
      const int fd = listener_.Accept();
      if (fd < 0) return;
      {
        const std::lock_guard lock(mutex_);
        ++connections_;
      }
      while (Serve(fd)) {
      }
      close(fd);
    }
  }

  // Serve answers one request; false when the connection is over.
  bool Serve(int fd) {
    std::string got;
    size_t end = std::string::npos;
    size_t length = 0;
    while (end == std::string::npos || got.size() < end + 4 + length) {
      char bytes[4096];
      const ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
      if (count <= 0) return false;
      got.append(bytes, static_cast<size_t>(count));
      end = got.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t at = got.find("Content-Length: ") + 16;
      if (!absl::SimpleAtoi(got.substr(at, got.find('\r', at) - at), &length)) return false;
    }
    Answer answer{.bytes = "", .close = true};
    {
      const std::lock_guard lock(mutex_);
      requests_.emplace_back(got.substr(0, end), got.substr(end + 4));
      if (!answers_.empty()) {
        answer = answers_.front();
        answers_.pop_front();
      }
    }
    send(fd, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
    return !answer.close;
  }

  const BoundSocket listener_;
  std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<std::pair<std::string, std::string>> requests_;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_HTTP_TEST_SERVER_H_
