#include "flows/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "flows/byte_stream.h"
#include "tests/support/http_test_server.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::HttpAnswer;
using tests::TestServer;

HttpEndpoint EndpointOf(const TestServer& server) {
  return {.host = "127.0.0.1", .port = server.port()};
}

TEST(HttpClient, PostsOverOneConnectionForAsLongAsItLives) {
  TestServer server({{HttpAnswer(200, "one")}, {HttpAnswer(200, "two")}});
  HttpClient client(EndpointOf(server), Clock::Real());
  EXPECT_EQ(client.Post("/a?b", {{"X-Y", "z"}}, "body 1")->body, "one");
  EXPECT_EQ(client.Post("/a?b", {}, "body 2")->body, "two");
  EXPECT_EQ(server.connections(), 1);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0].first, StartsWith("POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(requests[0].first, HasSubstr("\r\nX-Y: z"));
  EXPECT_EQ(requests[0].second, "body 1");
}

TEST(HttpClient, TriesAnewWhereTheServerHadClosed) {
  TestServer server({{HttpAnswer(200, "one"), /*close=*/true}, {HttpAnswer(200, "two")}});
  HttpClient client(EndpointOf(server), Clock::Real());
  EXPECT_EQ(client.Post("/", {}, "x")->body, "one");
  EXPECT_EQ(client.Post("/", {}, "x")->body, "two");
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, TriesOnceMoreWhereAnIdleConnectionEndsAsItIsUsed) {
  TestServer server({{HttpAnswer(200, "one")}, {"", /*close=*/true}, {HttpAnswer(200, "two")}});
  HttpClient client(EndpointOf(server), Clock::Real());
  EXPECT_EQ(client.Post("/", {}, "x")->body, "one");
  EXPECT_EQ(client.Post("/", {}, "x")->body, "two");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpClient, DoesNotRepeatARequestAfterNonsenseOrHalfAnAnswer) {
  for (const char* answer : {"nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le"}) {
    TestServer server(
        {{HttpAnswer(200, "one")}, {answer, /*close=*/true}, {HttpAnswer(200, "no")}});
    HttpClient client(EndpointOf(server), Clock::Real());
    EXPECT_EQ(client.Post("/", {}, "x")->body, "one");
    EXPECT_FALSE(client.Post("/", {}, "x").ok()) << answer;
    EXPECT_EQ(server.requests().size(), 2U) << answer;
  }
}

// SlowStream answers the first request, and no other before its deadline.
class SlowStream final : public ByteStream {
 public:
  explicit SlowStream(int& connects) : connects_(connects) {}
  absl::Status Connect(const std::string& /*host*/, uint16_t /*port*/,
                       MonoTime /*deadline*/) override {
    ++connects_;
    open_ = true;
    return absl::OkStatus();
  }
  absl::Status Write(absl::string_view /*text*/, MonoTime /*deadline*/) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> Read(size_t /*most*/, MonoTime /*deadline*/) override {
    if (!std::exchange(answered_, true)) return HttpAnswer(200, "one");
    open_ = false;
    return absl::DeadlineExceededError("slow");
  }
  absl::StatusOr<std::optional<std::string>> ReadNow(size_t /*most*/) override {
    return std::nullopt;
  }
  bool IsStale() const override { return false; }
  bool is_open() const override { return open_; }
  void Close() override { open_ = false; }

 private:
  int& connects_;
  bool answered_ = false;
  bool open_ = false;
};

TEST(HttpClient, DoesNotRepeatARequestThatTheServerIsSlowToAnswer) {
  int connects = 0;
  HttpClient client({.host = "logs.example"}, Clock::Real(),
                    std::make_unique<SlowStream>(connects));
  EXPECT_EQ(client.Post("/", {}, "x")->body, "one");
  EXPECT_TRUE(absl::IsDeadlineExceeded(client.Post("/", {}, "x").status()));
  EXPECT_EQ(connects, 1);
}

TEST(HttpClient, SaysSoWhenThereIsNoAnswerToBeRead) {
  for (const char* answer :
       {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"}) {
    TestServer server({{answer, /*close=*/true}});
    HttpClient client(EndpointOf(server), Clock::Real());
    EXPECT_FALSE(client.Post("/", {}, "x").ok()) << answer;
  }
  HttpEndpoint nobody;
  {
    TestServer server({});
    nobody = EndpointOf(server);
  }
  EXPECT_FALSE(HttpClient(nobody, Clock::Real()).Post("/", {}, "x").ok());
}

TEST(PercentEncoded, EscapesAllButUnreserved) {
  EXPECT_EQ(PercentEncoded("INSERT INTO a.b_c FORMAT x&y=\xff"),
            "INSERT%20INTO%20a.b_c%20FORMAT%20x%26y%3D%FF");
}

}  // namespace
}  // namespace firebreak::flows
