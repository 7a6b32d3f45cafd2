#include "flows/webhook_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/http_test_server.h"

namespace firebreak::flows {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::HttpAnswer;
using tests::TestServer;

Batch BatchOf(const std::string& text, uint64_t lines) { return {.text = text, .lines = lines}; }

WebhookSink SinkTo(uint16_t port) {
  return WebhookSink({.host = "127.0.0.1", .port = port, .target = "/hook?team=a"}, Clock::Real());
}

TEST(WebhookSink, PostsEachLineByItself) {
  TestServer server({{HttpAnswer(204, "")}, {HttpAnswer(200, "ok")}});
  WebhookSink sink = SinkTo(server.port());
  EXPECT_EQ(sink.Deliver(BatchOf("{\"a\":1}\n{\"b\":2}\n", 2)).fate, Delivery::Fate::kTaken);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0].first, StartsWith("POST /hook?team=a HTTP/1.1\r\n"));
  EXPECT_THAT(requests[0].first, HasSubstr("Content-Type: application/json"));
  EXPECT_EQ(requests[0].second, "{\"a\":1}");
  EXPECT_EQ(requests[1].second, "{\"b\":2}");
}

TEST(WebhookSink, WhatMayPassIsTriedAgainFromThereAndLaterEachTime) {
  TestServer server(
      {{HttpAnswer(200, "")}, {HttpAnswer(503, "")}, {HttpAnswer(429, "")}, {HttpAnswer(200, "")}});
  WebhookSink sink = SinkTo(server.port());
  const Batch batch = BatchOf("1\n2\n", 2);
  const Delivery first = sink.Deliver(batch);
  EXPECT_EQ(first.fate, Delivery::Fate::kLater);
  EXPECT_EQ(first.detail, "it answered 503");
  const Delivery second = sink.Deliver(batch);
  EXPECT_EQ(second.fate, Delivery::Fate::kLater);
  EXPECT_GT(second.wait, first.wait);
  EXPECT_EQ(sink.Deliver(batch).fate, Delivery::Fate::kTaken);
  ASSERT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(server.requests()[3].second, "2");
}

TEST(WebhookSink, GivesALineUpAfterSoManyTriesAndGoesOn) {
  std::deque<TestServer::Answer> answers;
  for (int i = 0; i < WebhookSink::kMaxTries; ++i) answers.push_back({HttpAnswer(500, "")});
  answers.push_back({HttpAnswer(200, "")});
  TestServer server(std::move(answers));
  WebhookSink sink = SinkTo(server.port());
  const Batch batch = BatchOf("1\n2\n", 2);
  for (int i = 1; i < WebhookSink::kMaxTries; ++i) {
    EXPECT_EQ(sink.Deliver(batch).fate, Delivery::Fate::kLater);
  }
  const Delivery last = sink.Deliver(batch);
  EXPECT_EQ(last.fate, Delivery::Fate::kTaken);
  EXPECT_EQ(last.refused_lines, 1U);
  EXPECT_EQ(last.detail, "it answered 500");
  EXPECT_EQ(server.requests().back().second, "2");
}

TEST(WebhookSink, WhatIsRefusedIsNotTriedAgain) {
  TestServer server({{HttpAnswer(401, "")}});
  WebhookSink sink = SinkTo(server.port());
  EXPECT_EQ(sink.Deliver(BatchOf("1\n", 1)).refused_lines, 1U);
  EXPECT_EQ(server.requests().size(), 1U);
}

}  // namespace
}  // namespace firebreak::flows
