#include "flows/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flows/testing_server.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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
