#include "proxy/admin/http_responder.h"

#include <gtest/gtest.h>

#include "tests/support/socket_pair.h"

namespace firebreak::proxy {
namespace {

class HttpResponderTest : public testing::Test {
 protected:
  HttpResponderTest() {
    auto listener = Listen(*SocketAddress::Parse("127.0.0.1:0"));
    address_ = LocalAddress(listener->fd());
    responder_.Serve(*std::move(listener));
  }

  // Sends request in the pieces given and returns the answer's first line, or all of it.
  std::string Ask(const std::vector<std::string>& pieces) {
    auto client = Connect(address_);
    std::string answer;
    for (const std::string& piece : pieces) {
      tests::SendAll(*client, piece);
      Turn();
    }
    bool ended = false;
    for (int turn = 0; turn < 1000 && !ended; ++turn) {
      Turn();
      char bytes[4096];
      const ssize_t got = recv(client->fd(), bytes, sizeof(bytes), 0);
      ended = got == 0;
      if (got > 0) answer.append(bytes, static_cast<size_t>(got));
    }
    return answer;
  }

  void Turn() {
    loop_.Post([] {});
    loop_.RunOnce();
  }

  EventLoop loop_;
  SocketAddress address_;
  HttpResponder responder_{
      loop_, {{"/healthz/ready", [] { return HttpResponder::Response{.body = "ready\n"}; }}}};
};

TEST_F(HttpResponderTest, AnswersARouteWithAndWithoutQuery) {
  for (const char* path : {"/healthz/ready", "/healthz/ready?x=1"}) {
    const std::string answer = Ask({std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n"});
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\n", 0), 0U) << answer;
    EXPECT_NE(answer.find("\r\n\r\nready\n"), std::string::npos);
  }
}

TEST_F(HttpResponderTest, TakesARequestByteByByte) {
  std::vector<std::string> pieces;
  for (const char byte : std::string("GET /healthz/ready HTTP/1.0\r\n\r\n")) {
    pieces.emplace_back(1, byte);
  }
  EXPECT_EQ(Ask(pieces).rfind("HTTP/1.1 200", 0), 0U);
}

TEST_F(HttpResponderTest, RefusesWhatItDoesNotServe) {
  EXPECT_EQ(Ask({"GET /other HTTP/1.1\r\n\r\n"}).rfind("HTTP/1.1 404", 0), 0U);
  EXPECT_EQ(Ask({"POST /healthz/ready HTTP/1.1\r\n\r\n"}).rfind("HTTP/1.1 405", 0), 0U);
  EXPECT_EQ(Ask({"\x16\x03\x01 garbage\r\n\r\n"}).rfind("HTTP/1.1 400", 0), 0U);
  EXPECT_EQ(Ask({std::string(9000, 'x')}).rfind("HTTP/1.1 400", 0), 0U);
}

}  // namespace
}  // namespace firebreak::proxy
