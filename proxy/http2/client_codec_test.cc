// What a client makes of an upstream's frames, good and bad.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::BigEndian;
using testing::ClientPeer;
using ::testing::Contains;
using testing::Data;
using ::testing::ElementsAre;
using testing::Fields;
using testing::Frame;
using testing::Headers;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::MakeRequest;
using ::testing::Not;
using testing::Reset;
using testing::Settings;
using ::testing::StartsWith;

constexpr uint32_t kNoError = 0;
constexpr uint32_t kRefusedStream = 7;

std::string Goaway(uint32_t last_id, uint32_t error = kNoError) {
  return Frame(testing::kGoawayFrame, 0, 0, BigEndian(last_id) + BigEndian(error));
}

TEST(Http2Client, SendsPrefaceAndRequest) {
  ClientPeer client;
  EXPECT_THAT(client.TakeOutput(), StartsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  client.Get();
  EXPECT_THAT(client.TakeFrames(), ElementsAre("HEADERS 1 end"));
  EXPECT_EQ(client.codec().live_streams(), 1u);
}

TEST(Http2Client, DeliversInformationalResponseBodyAndTrailers) {
  ClientPeer client;
  client.Get();
  client.Feed(Settings() + Headers(1, {{":status", "103"}, {"link", "x"}}, 0) +
              Headers(1, {{":status", "200"}, {"content-length", "4"}, {"x-a", "b"}}, 0) +
              Data(1, "body") + Headers(1, {{"grpc-status", "0"}}));
  EXPECT_EQ(client.Text(),
            "1 informational 103 link=x\n1 response 200 x-a=b #4 body\n1 data 4\n"
            "1 end grpc-status=0");
  EXPECT_EQ(client.codec().live_streams(), 0u);
}

TEST(Http2Client, ResponsesToHeadAndNotModifiedMayNameALength) {
  ClientPeer client;
  client.Request(MakeRequest("HEAD", "/"), true);
  client.Get();
  client.Feed(Settings() + Headers(1, {{":status", "200"}, {"content-length", "10"}}) +
              Headers(3, {{":status", "304"}, {"content-length", "10"}}));
  EXPECT_EQ(client.Text(), "1 response 200 #10\n1 end\n3 response 304 #10\n3 end");
}

TEST(Http2Client, WhatTheServerDidNotWaitForIsNotKeptOnceItHasAnswered) {
  ClientPeer client;
  client.Feed(Settings({{4, 10}}));
  ClientStream* const stream = client.Request(MakeRequest("POST", "/"), false);
  stream->SendData(std::string(50'000, 'b'));
  stream->SendEnd({});
  client.Turn();
  client.TakeOutput();
  client.Feed(Headers(1, {{":status", "413"}}));
  EXPECT_EQ(client.Text(), "1 response 413\n1 end");
  EXPECT_THAT(client.TakeFrames(), Contains("RST_STREAM 1 h2_cancel"));
  EXPECT_EQ(client.codec().live_streams(), 0u);
}

TEST(Http2Client, ARequestThatWasTakenIsNotResetByItsAnswer) {
  ClientPeer client;
  client.Feed(Settings());
  ClientStream* const stream = client.Request(MakeRequest("POST", "/"), false);
  stream->SendData("body");
  stream->SendEnd({});
  client.Turn();
  client.TakeOutput();
  client.Feed(Headers(1, {{":status", "200"}}));
  EXPECT_THAT(client.TakeFrames(), Not(Contains(StartsWith("RST_STREAM"))));
}

TEST(Http2Client, TellsTheSameHoweverTheBytesAreCut) {
  const std::string input = Settings() + Headers(1, {{":status", "100"}}, 0) +
                            Headers(1, {{":status", "200"}, {"x-long", std::string(200, 'v')}}, 0) +
                            Data(1, std::string(300, 'b')) + Headers(3, {{":status", "101"}}) +
                            Headers(1, {{"t", "1"}}) + Goaway(3);
  std::string expected;
  for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{2}, size_t{3}, size_t{11}, size_t{100}}) {
    ClientPeer client;
    client.Get();
    client.Get();
    client.Get();
    client.Feed(input, piece);
    if (piece == SIZE_MAX) expected = client.Text();
    EXPECT_EQ(client.Text(), expected) << piece;
  }
  EXPECT_THAT(expected, ::testing::HasSubstr("5 failure unprocessed"));
}

TEST(Http2Client, RoomIsWhatBothSidesAllow) {
  CodecOptions options;
  options.max_streams = 10;
  ClientPeer client(options);
  EXPECT_EQ(client.codec().room(), 10u);
  client.Feed(Settings({{3, 2}}));
  EXPECT_EQ(client.codec().room(), 2u);
  EXPECT_NE(client.Get(), nullptr);
  EXPECT_NE(client.Get(), nullptr);
  EXPECT_EQ(client.codec().room(), 0u);
  EXPECT_EQ(client.Get(), nullptr);
  client.Feed(Headers(1, {{":status", "204"}}));
  EXPECT_EQ(client.codec().room(), 1u);
  client.codec().Drain();
  EXPECT_EQ(client.codec().room(), 0u);
}

TEST(Http2Client, ARefusedStreamMayBeTriedAgain) {
  ClientPeer client;
  client.Get();
  client.Get();
  client.Feed(Settings() + Reset(1, kRefusedStream) + Reset(3, testing::kCancel));
  EXPECT_EQ(client.Text(), "1 failure unprocessed h2_peer_reset\n3 failure reset h2_peer_reset");
}

TEST(Http2Client, WhatAnEndedConnectionHadNotBegunToAnswerIsUncertainIfItHadServedBefore) {
  for (const bool lost : {false, true}) {
    ClientPeer client;
    client.Get();
    client.Get();
    client.Get();
    client.Feed(Settings() + Headers(1, {{":status", "204"}}) +
                Headers(3, {{":status", "200"}}, kEndHeaders));
    if (lost) {
      client.codec().ReceiveFailure();
    } else {
      client.codec().ReceiveEnd();
    }
    const std::string code = lost ? "connection_lost" : "connection_closed";
    EXPECT_THAT(client.Text(), ::testing::HasSubstr("3 failure reset " + code));
    EXPECT_THAT(client.Text(), ::testing::HasSubstr("5 failure uncertain " + code));
  }
}

TEST(Http2Client, AConnectionThatNeverAnsweredIsAFault) {
  ClientPeer client;
  client.Get();
  client.Feed(Settings());
  client.codec().ReceiveFailure();
  EXPECT_EQ(client.Text(), "1 failure reset connection_lost");
}

TEST(Http2Client, GoawayFailsWhatWasNotProcessedAndLetsTheRestEnd) {
  ClientPeer client;
  client.Get();
  client.Get();
  client.Feed(Settings() + Goaway(1));
  EXPECT_EQ(client.Text(), "3 failure unprocessed h2_goaway");
  EXPECT_EQ(client.codec().state(), CodecState::kDraining);
  EXPECT_EQ(client.codec().room(), 0u);
  client.Feed(Headers(1, {{":status", "200"}}));
  EXPECT_EQ(client.codec().state(), CodecState::kDone);
}

TEST(Http2Client, ARequestThatHasNotGoneOutIsUnprocessed) {
  ClientPeer client;
  client.Feed(Settings());
  http::Request request = MakeRequest("GET", "/");
  // Both within one turn: the request is still with us.
  testing::RecordingReader reader(client.transcript(), 1);
  ASSERT_NE(client.codec().Request(request, true, reader), nullptr);
  client.Feed(Goaway(0));
  EXPECT_EQ(client.Text(), "1 failure unprocessed h2_goaway");
}

TEST(Http2Client, DrainSaysGoodbyeAndEndsWithTheLastStream) {
  ClientPeer client;
  client.Get();
  client.TakeOutput();
  client.codec().Drain();
  client.Turn();
  EXPECT_THAT(client.TakeFrames(), ElementsAre("GOAWAY 0 h2_no_error"));
  EXPECT_EQ(client.codec().state(), CodecState::kDraining);
  client.Feed(Settings() + Headers(1, {{":status", "200"}}));
  EXPECT_EQ(client.codec().state(), CodecState::kDone);
}

TEST(Http2Client, AServerMayAnswerInFullAndRefuseTheRest) {
  ClientPeer client;
  ClientStream* const stream = client.Request(MakeRequest("POST", "/"), false);
  stream->SendData("some");
  client.Turn();
  client.Feed(Settings() + Headers(1, {{":status", "413"}}, 0) + Data(1, "no", kEndStream) +
              Reset(1, kNoError));
  EXPECT_EQ(client.Text(), "1 response 413 body\n1 data 2\n1 end");
  EXPECT_EQ(client.codec().live_streams(), 1u) << "until we have ended our part";
  stream->SendData("more");
  stream->SendEnd({});
  client.Turn();
  EXPECT_EQ(client.codec().live_streams(), 0u);
  EXPECT_EQ(client.codec().room(), 100u);
}

TEST(Http2Client, AResponseThatIsCompleteOutlivesItsStreamWhileTheReaderPauses) {
  ClientPeer client;
  ClientStream* const stream = client.Get();
  stream->Pause();
  client.Feed(Settings() + Headers(1, {{":status", "200"}}, 0) + Data(1, "late", kEndStream) +
              Goaway(1));
  EXPECT_EQ(client.Text(), "1 response 200 body");
  EXPECT_EQ(client.codec().state(), CodecState::kDraining);
  stream->Resume();
  client.Turn();
  EXPECT_EQ(client.Text(), "1 response 200 body\n1 data 4\n1 end");
  EXPECT_EQ(client.codec().state(), CodecState::kDone);
}

TEST(Http2Client, ResetWhilePausedAfterTheEndOfTheStream) {
  ClientPeer client;
  ClientStream* const stream = client.Get();
  stream->Pause();
  client.Feed(Settings() + Headers(1, {{":status", "200"}}, 0) + Data(1, "late", kEndStream));
  stream->Reset(StreamError::kCancelled);
  client.Turn();
  EXPECT_EQ(client.Text(), "1 response 200 body");
  EXPECT_EQ(client.codec().live_streams(), 0u);
  client.TakeOutput();
  EXPECT_EQ(client.slabs().in_use(), 0u);
}

TEST(Http2Client, IsSettledOnceTheServerHasSaidWhatItTakes) {
  ClientPeer client;
  EXPECT_FALSE(client.codec().settled());
  client.Get();
  EXPECT_FALSE(client.codec().settled());
  client.Feed(Settings({{3, 1}}));
  EXPECT_TRUE(client.codec().settled());
  EXPECT_EQ(client.codec().room(), 0u);
}

TEST(Http2Client, ConnectionEndsFailWhatIsIncomplete) {
  ClientPeer client;
  client.Get();
  client.Get();
  client.Feed(Settings() + Headers(1, {{":status", "200"}}, 0) + Data(1, "part"));
  client.codec().ReceiveEnd();
  EXPECT_THAT(client.transcript().lines(), Contains("1 failure reset connection_closed"));
  EXPECT_THAT(client.transcript().lines(), Contains("3 failure reset connection_closed"));
  EXPECT_EQ(client.codec().state(), CodecState::kDone);
}

TEST(Http2Client, MalformedResponsesFailTheStreamOnly) {
  const Fields malformed[] = {
      {{"x-a", "b"}},
      {{":status", "101"}},
      {{":status", "20"}},
      {{":status", "abc"}},
      {{":status", "000"}},
      {{":status", "200"}, {":status", "200"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"transfer-encoding", "chunked"}},
      {{":status", "200"}, {"upgrade", "h2c"}},
      {{":status", "200"}, {"X-Upper", "b"}},
      {{":status", "200"}, {"x-a", "b\r\nc: d"}},
      {{":status", "200"}, {"content-length", "05"}},
      {{":status", "200"}, {"content-length", "3"}},  // and no body
      {{":status", "200"}, {":path", "/"}},
      {{":status", "100"}},  // and END_STREAM
  };
  for (const Fields& fields : malformed) {
    ClientPeer client;
    client.Get();
    client.Get();
    client.Feed(Settings() + Headers(1, fields));
    EXPECT_THAT(client.transcript().lines(), ElementsAre(StartsWith("1 failure malformed ")))
        << fields[0].first << ": " << fields[0].second;
    EXPECT_THAT(client.TakeFrames(), Contains("RST_STREAM 1 h2_protocol_error"));
    client.Feed(Headers(3, {{":status", "200"}}));
    EXPECT_THAT(client.transcript().lines(), Contains("3 end"));
  }
}

TEST(Http2Client, DataBeforeHeadersIsMalformed) {
  ClientPeer client;
  client.Get();
  client.Feed(Settings() + Data(1, "early"));
  EXPECT_EQ(client.codec().live_streams(), 0u);
  EXPECT_THAT(client.Text(), ::testing::HasSubstr("1 failure"));
}

TEST(Http2Client, HeadersOfAResponseAreBounded) {
  ClientPeer client;
  client.Get();
  Fields fields = {{":status", "200"}};
  for (int i = 0; i < 150; ++i) fields.emplace_back("set-cookie", "a=b");
  client.Feed(Settings() + Headers(1, fields));
  EXPECT_EQ(client.Text(), "1 failure limit header_fields");
}

TEST(Http2Client, AFloodOfInformationalResponsesIsCut) {
  ClientPeer client;
  client.Get();
  client.Feed(Settings());
  for (int i = 0; i < 20; ++i) client.Feed(Headers(1, {{":status", "103"}}, 0));
  EXPECT_THAT(client.transcript().lines(), Contains("1 failure limit informational_flood"));
  EXPECT_EQ(client.transcript().lines().size(), 17u);
}

TEST(Http2Client, PushIsRefused) {
  ClientPeer client;
  client.Get();
  client.Feed(Settings() + Frame(testing::kPushPromiseFrame, kEndHeaders, 1,
                                 BigEndian(2) + testing::Block(testing::GetFields())));
  EXPECT_EQ(client.codec().state(), CodecState::kFailed);
  EXPECT_EQ(client.codec().failure_code(), "h2_push_promise");
  EXPECT_EQ(client.codec().room(), 0u);
}

TEST(Http2Client, H2_06_FloodsFromAnUpstreamEndTheConnection) {
  const std::string floods[] = {testing::Ping(), Settings(), testing::WindowUpdate(0, 1),
                                Frame(0x4d, 0, 0, "unknown")};
  for (const std::string& frame : floods) {
    ClientPeer client;
    client.Get();
    client.Feed(Settings());
    for (int i = 0; i < 2'000 && client.codec().wants_input(); ++i) client.codec().Receive(frame);
    EXPECT_EQ(client.codec().state(), CodecState::kFailed);
    EXPECT_THAT(client.transcript().lines(), Contains(StartsWith("1 failure reset h2_")));
  }
}

TEST(Http2Client, H2_09_OddOrdersFromAnUpstream) {
  const std::string orders[] = {
      Headers(1, {{":status", "200"}}) + Data(1, "after the end"),
      Headers(1, {{":status", "200"}}, 0) + Headers(1, {{"a", "b"}}, 0),
      Headers(2, {{":status", "200"}}),
      Headers(7, {{":status", "200"}}),
      Reset(7),
      testing::WindowUpdate(7, 1),
      Goaway(2),
      Goaway(1) + Goaway(5),
      Settings({{2, 1}}),
      Data(1, "x", kEndStream) + Headers(1, {{":status", "200"}}),
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      std::string(100, '\0'),
  };
  for (const std::string& order : orders) {
    ClientPeer client;
    client.Get();
    client.Feed(Settings() + order);
    client.Feed(Headers(1, {{":status", "200"}}));
    client.codec().ReceiveFailure();
    EXPECT_EQ(client.codec().live_streams(), 0u);
    EXPECT_THAT(client.transcript().lines(), Not(Contains(::testing::HasSubstr("DEAF"))));
  }
}

TEST(Http2Client, WritesTheRequestAsItIs) {
  ClientPeer client;
  testing::ServerPeer server;
  http::Request request = MakeRequest("POST", "/p");
  request.has_query = true;
  request.query = "q=1?&";
  request.headers.Add("authorization", "Bearer x");
  request.headers.Add("cookie", "a=1; b=2");
  request.content_length = 4;
  request.trailers_accepted = true;
  ClientStream* const stream = client.Request(request, false);
  bool trailers_accepted = false;
  server.on_request = [&](ServerStream&, http::Request& received) {
    trailers_accepted = received.trailers_accepted;
  };
  stream->SendData("body");
  stream->SendEnd({});
  Shuttle(client, server);
  EXPECT_EQ(server.Text(),
            "1 request POST https://a.example/p?q=1?& authorization=Bearer x cookie=a=1; b=2 "
            "#4 body\n1 data 4\n1 end");
  EXPECT_TRUE(trailers_accepted);
}

TEST(Http2Client, CannotUpgrade) {
  ClientPeer client;
  http::Request request = MakeRequest("GET", "/");
  request.upgrade = http::Upgrade::kWebsocket;
  EXPECT_EQ(client.Request(request, true), nullptr);
}

}  // namespace
}  // namespace firebreak::proxy
