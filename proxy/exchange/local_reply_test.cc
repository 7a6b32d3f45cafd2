#include "proxy/exchange/local_reply.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "proxy/exchange/recorded_stream.h"

namespace firebreak::proxy {
namespace {

class LocalReplyTest : public testing::Test {
 protected:
  LocalReplyTest() { exchange_.request.method = "GET"; }

  const http::Response& Reply(int status) {
    exchange_.Refuse(Verdict::kDropped, Reason::kNoRule, status, "rule-that-nobody-may-see");
    sent_ = SendLocalReply(exchange_, stream_);
    EXPECT_EQ(stream_.responses.size(), 1u);
    EXPECT_EQ(stream_.ends, 1);
    EXPECT_FALSE(stream_.reset.has_value());
    return stream_.responses[0];
  }
  void Decide() { exchange_.record.decision_id = DecisionId{.high = 0x0123, .low = 0x4567}; }
  std::string decision() const { return exchange_.record.decision_id.ToString(); }

  filters::Connection connection_;
  filters::HttpExchange exchange_{connection_};
  RecordedStream stream_;
  int sent_ = 0;
};

TEST_F(LocalReplyTest, NamesTheDecisionAndNothingElse) {
  Decide();
  const http::Response& response = Reply(403);
  EXPECT_EQ(sent_, 403);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.Get("content-type"), "text/plain");
  EXPECT_EQ(response.headers.Get("x-firebreak-decision-id"), decision());
  EXPECT_EQ(response.headers.size(), 2u);
  EXPECT_EQ(stream_.body, absl::StrCat("access denied (decision ", decision(), ")\n"));
  EXPECT_EQ(response.content_length, stream_.body.size());
  EXPECT_TRUE(stream_.trailers.empty());
}

TEST_F(LocalReplyTest, WithoutADecisionItNamesNone) {
  const http::Response& response = Reply(400);
  EXPECT_FALSE(response.headers.Has("x-firebreak-decision-id"));
  EXPECT_EQ(stream_.body, "bad request\n");
}

TEST_F(LocalReplyTest, ToHeadItHasTheLengthAndNoBody) {
  exchange_.request.method = "HEAD";
  Decide();
  const http::Response& response = Reply(403);
  EXPECT_FALSE(response.has_body);
  EXPECT_EQ(response.content_length,
            absl::StrCat("access denied (decision ", decision(), ")\n").size());
  EXPECT_EQ(stream_.body, "");
}

TEST_F(LocalReplyTest, TooManyRequestsSaysWhenToComeAgain) {
  EXPECT_EQ(Reply(429).headers.Get("retry-after"), "1");
  EXPECT_EQ(stream_.body, "too many requests\n");
}

TEST_F(LocalReplyTest, NothingElseSaysWhenToComeAgain) {
  EXPECT_FALSE(Reply(503).headers.Has("retry-after"));
}

TEST_F(LocalReplyTest, AGrpcClientGetsItsStatusInHeadersAlone) {
  exchange_.request.grpc = true;
  exchange_.request.version = http::Version::kHttp2;
  Decide();
  const http::Response& response = Reply(403);
  EXPECT_EQ(sent_, 200);
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.has_body);
  EXPECT_FALSE(response.content_length.has_value());
  EXPECT_EQ(response.headers.Get("content-type"), "application/grpc");
  EXPECT_EQ(response.headers.Get("grpc-status"), "7");
  EXPECT_EQ(response.headers.Get("grpc-message"),
            absl::StrCat("access denied (decision ", decision(), ")"));
  EXPECT_EQ(response.headers.Get("x-firebreak-decision-id"), decision());
  EXPECT_EQ(exchange_.record.http->grpc_status, 7);
  EXPECT_EQ(stream_.body, "");
}

TEST_F(LocalReplyTest, OverHttp1TheGrpcStatusHasALengthOfZero) {
  exchange_.request.grpc = true;
  const http::Response& response = Reply(403);
  EXPECT_EQ(response.content_length, 0u);
  EXPECT_EQ(response.headers.Get("grpc-message"), "access denied");
}

TEST(LocalReply, EveryStatusHasAGrpcCode) {
  const std::vector<std::pair<int, absl::string_view>> codes = {
      {400, "3"}, {403, "7"},  {405, "3"},  {413, "8"},  {417, "3"},  {429, "8"},
      {431, "3"}, {500, "13"}, {501, "13"}, {502, "14"}, {503, "14"}, {504, "4"}};
  for (const auto& [status, code] : codes) {
    filters::Connection connection;
    filters::HttpExchange exchange(connection);
    exchange.request.grpc = true;
    exchange.Refuse(Verdict::kDropped, Reason::kNoRule, status);
    RecordedStream stream;
    EXPECT_EQ(SendLocalReply(exchange, stream), 200);
    EXPECT_EQ(stream.responses[0].headers.Get("grpc-status"), code) << status;
    EXPECT_EQ(stream.responses[0].headers.Has("retry-after"), status == 429);
  }
}

}  // namespace
}  // namespace firebreak::proxy
