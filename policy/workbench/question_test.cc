#include "policy/workbench/question.h"

#include <gtest/gtest.h>

namespace firebreak::policy {
namespace {

TEST(Question, PathIsThatOfTheWire) {
  const auto request = Canonical({.path = "/v1//charges/../charges/%37?amount=3"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->path, "/v1/charges/7");
  EXPECT_EQ(request->query, "amount=3");
}

TEST(Question, WhatTheSidecarRefusesIsSaidSo) {
  const auto above = Canonical({.path = "/../etc/passwd"});
  ASSERT_FALSE(above.ok());
  EXPECT_NE(std::string(above.status().message()).find("path_above_root"), std::string::npos)
      << above.status();
  EXPECT_NE(std::string(Canonical({.path = "admin"}).status().message())
                .find("path_form (status 400): a path begins with /"),
            std::string::npos);
  EXPECT_FALSE(Canonical({.method = "TRACE"}).ok());
  EXPECT_FALSE(Canonical({.headers = {{"bad name", "x"}}}).ok());
  EXPECT_FALSE(Canonical({.protocol = "HTTP9"}).ok());
}

TEST(Question, GrpcAndWebsocketLookAsTheyDoOnTheWire) {
  const auto call = Canonical({.path = "/shop.Ledger/Append", .protocol = "GRPC"});
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_TRUE(call->grpc);
  EXPECT_EQ(call->method, "POST");
  const auto socket = Canonical({.path = "/live", .protocol = "WEBSOCKET"});
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(socket->upgrade, http::Upgrade::kWebsocket);
}

TEST(Question, HostThatNobodyNamedIsAbsent) {
  const auto request = Canonical({.path = "/"});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->authority, "");
  EXPECT_EQ(Canonical({.path = "/", .host = "API.example"})->authority, "api.example");
}

TEST(Question, EmptyPolicyDenies) {
  PolicyQuestion question;
  question.port = 8080;
  EXPECT_EQ(Ask(nullptr, question).reason, Reason::kNoRule);
}

}  // namespace
}  // namespace firebreak::policy
