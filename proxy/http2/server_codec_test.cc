// What a server makes of requests, bodies and responses. What an attacker makes it do is in
// flood_test.cc, header_bomb_test.cc and broken_rules_test.cc.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using namespace std::string_literals;  // lint: allow namespace (literals with NUL)
using testing::ClientPreface;
using ::testing::Contains;
using testing::CountFrames;
using testing::Data;
using ::testing::ElementsAre;
using testing::Frame;
using testing::GetFields;
using testing::Headers;
using testing::kEndStream;
using testing::MakeResponse;
using ::testing::Not;
using testing::Ping;
using testing::PostFields;
using testing::ServerPeer;
using testing::Settings;
using ::testing::StartsWith;
using testing::WindowUpdate;

TEST(Http2Server, SendsItsSettingsFirst) {
  ServerPeer server;
  EXPECT_THAT(server.TakeFrames(), ElementsAre("SETTINGS", StartsWith("WINDOW_UPDATE")));
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Server, HandsOverACanonicalRequest) {
  ServerPeer server;
  auto fields = GetFields("/a/../b%41?x=1");
  fields.emplace_back("accept", "text/plain");
  fields.emplace_back("cookie", "a=1");
  fields.emplace_back("cookie", "b=2");
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_EQ(server.Text(),
            "1 request GET https://a.example/bA?x=1 accept=text/plain cookie=a=1; b=2\n1 end");
}

TEST(Http2Server, DeliversBodyAndTrailers) {
  ServerPeer server;
  auto fields = PostFields();
  fields.emplace_back("content-length", "10");
  fields.emplace_back("te", "trailers");
  server.Feed(ClientPreface() + Headers(1, fields, 0) + Data(1, "hello") + Data(1, "world") +
              Headers(1, {{"checksum", "abc"}, {"authorization", "no"}}));
  EXPECT_EQ(server.Text(),
            "1 request POST https://a.example/ #10 body\n1 data 10\n1 end checksum=abc");
  EXPECT_EQ(server.transcript().body(1), "helloworld");
}

TEST(Http2Server, TellsTheSameHoweverTheBytesAreCut) {
  auto fields = PostFields("/upload");
  fields.emplace_back("x-long", std::string(300, 'v'));
  const std::string block = testing::Block(fields);
  const std::string input =
      ClientPreface() + Frame(testing::kHeadersFrame, 0, 1, block.substr(0, 10)) +
      Frame(testing::kContinuationFrame, 0, 1, block.substr(10, 20)) +
      Frame(testing::kContinuationFrame, testing::kEndHeaders, 1, block.substr(30)) +
      Data(1, std::string(1000, 'x')) + Ping() + Headers(3, GetFields()) +
      Data(1, "\x03tail\0\0\0"s, testing::kPadded | kEndStream) +
      Headers(5, GetFields("no-slash")) + testing::Reset(3) + Headers(7, GetFields("/last"));
  ServerPeer whole;
  whole.Feed(input);
  const std::string expected = whole.Text();
  EXPECT_THAT(whole.transcript().lines(), Contains("1 data 1004"));
  EXPECT_THAT(whole.transcript().lines(), Contains("7 end"));
  for (size_t cut = 1; cut < input.size(); ++cut) {
    ServerPeer server;
    server.Feed(input.substr(0, cut));
    server.Feed(input.substr(cut));
    ASSERT_EQ(server.Text(), expected) << "cut at " << cut;
  }
  ServerPeer bytewise;
  bytewise.Feed(input, 1);
  EXPECT_EQ(bytewise.Text(), expected);
}

TEST(Http2Server, KnowsWhetherAHeaderBlockIsUnderWay) {
  ServerPeer server;
  server.Feed(ClientPreface());
  EXPECT_FALSE(server.codec().receiving_headers());
  const std::string block = testing::Block(GetFields());
  const std::string first = Frame(testing::kHeadersFrame, kEndStream, 1, block.substr(0, 5));
  server.Feed(first.substr(0, 12));
  EXPECT_TRUE(server.codec().receiving_headers());
  server.Feed(first.substr(12));
  EXPECT_TRUE(server.codec().receiving_headers()) << "END_HEADERS is still to come";
  server.Feed(Frame(testing::kContinuationFrame, testing::kEndHeaders, 1, block.substr(5)));
  EXPECT_FALSE(server.codec().receiving_headers());
}

TEST(Http2Server, AHeaderBlockThatIsPassedOverIsOverAsWell) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.stream(1).Reset(StreamError::kCancelled);
  server.Turn();
  server.Feed(Headers(1, {{"late", "trailer"}}));
  EXPECT_FALSE(server.codec().receiving_headers());
}

TEST(Http2Server, SendsResponseBodyAndTrailers) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  server.TakeOutput();
  ServerStream& stream = server.stream(1);
  stream.SendInformational(MakeResponse(103));
  stream.SendResponse(MakeResponse(200), false);
  stream.SendData("hello");
  http::HeaderMap trailers;
  trailers.Add("grpc-status", "0");
  stream.SendEnd(trailers);
  server.Turn();
  EXPECT_THAT(server.TakeFrames(),
              ElementsAre("HEADERS 1", "HEADERS 1", "DATA 1 5", "HEADERS 1 end"));
  EXPECT_EQ(server.codec().live_streams(), 0u);
}

TEST(Http2Server, TrailersMayComeWithoutABody) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  server.TakeOutput();
  server.stream(1).SendResponse(MakeResponse(200), false);
  server.Turn();
  http::HeaderMap trailers;
  trailers.Add("grpc-status", "0");
  server.stream(1).SendEnd(trailers);
  server.Turn();
  EXPECT_THAT(server.TakeFrames(), ElementsAre("HEADERS 1", "HEADERS 1 end"));
}

TEST(Http2Server, AnEmptyBodyEndsWithAnEmptyFrame) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  server.TakeOutput();
  server.stream(1).SendResponse(MakeResponse(200), false);
  server.stream(1).SendEnd({});
  server.Turn();
  EXPECT_THAT(server.TakeFrames(), ElementsAre("HEADERS 1", "DATA 1 0 end"));
}

TEST(Http2Server, AnAnswerWithinOnRequestIsFine) {
  ServerPeer server;
  server.on_request = [](ServerStream& stream, http::Request&) {
    stream.SendResponse(MakeResponse(204), true);
  };
  server.Feed(ClientPreface() + Headers(1, GetFields()) + Headers(3, PostFields(), 0));
  EXPECT_THAT(server.TakeFrames(), Contains("HEADERS 1 end"));
  EXPECT_EQ(server.codec().live_streams(), 0u);
}

TEST(Http2Server, AnEarlyResponseEndsTheRequest) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + Data(1, "part"));
  server.TakeOutput();
  server.reader(1).deaf = true;
  server.Answer(1, 403, "no");
  EXPECT_THAT(server.TakeFrames(),
              ElementsAre("HEADERS 1", "DATA 1 2 end", "RST_STREAM 1 h2_no_error"));
  EXPECT_EQ(server.codec().live_streams(), 0u);
  server.Feed(Data(1, "more of it") + Data(1, "end", kEndStream) + Ping());
  EXPECT_THAT(server.TakeFrames(), Contains("PING ack"));
  EXPECT_THAT(server.transcript().lines(), Not(Contains(::testing::HasSubstr("DEAF"))));
}

TEST(Http2Server, ARejectedRequestIsAnsweredAndItsBodyDropped) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields("/a%2Fb"), 0) + Data(1, "body") +
              Data(1, "more", kEndStream));
  EXPECT_EQ(server.Text(), "1 rejected path_escaped_slash\n1 end");
  server.Answer(1, 400, "refused");
  EXPECT_THAT(server.TakeFrames(), Contains("DATA 1 7 end"));
}

TEST(Http2Server, APausedStreamKeepsWhatComesWithinItsWindow) {
  ServerPeer server;
  server.on_request = [](ServerStream& stream, http::Request&) { stream.Pause(); };
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.TakeOutput();
  const std::string chunk(16'384, 'b');
  for (int i = 0; i < 3; ++i) server.Feed(Data(1, chunk));
  server.Feed(Data(1, chunk.substr(1), kEndStream));
  EXPECT_EQ(server.Text(), "1 request POST https://a.example/ body");
  EXPECT_EQ(CountFrames(server.TakeFrames(), "WINDOW_UPDATE 1"), 0u);
  server.stream(1).Resume();
  server.Turn();
  EXPECT_EQ(server.Text(), "1 request POST https://a.example/ body\n1 data 65535\n1 end");
}

TEST(Http2Server, OpensTheWindowOnlyForWhatWasDelivered) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.stream(1).Pause();
  server.TakeOutput();
  for (int i = 0; i < 3; ++i) server.Feed(Data(1, std::string(16'384, 'b')));
  EXPECT_THAT(server.TakeFrames(), Not(Contains(StartsWith("WINDOW_UPDATE 1"))));
  server.stream(1).Resume();
  server.Turn();
  EXPECT_THAT(server.TakeFrames(), Contains(StartsWith("WINDOW_UPDATE 1 49")));
}

TEST(Http2Server, APausedStreamDoesNotHoldUpOthers) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + Headers(3, PostFields(), 0));
  server.stream(1).Pause();
  for (int round = 0; round < 20; ++round) {
    if (round < 3) server.Feed(Data(1, std::string(16'384, 'p')));
    server.Feed(Data(3, std::string(16'384, 'q')));
    server.TakeOutput();
  }
  EXPECT_EQ(server.transcript().body(3).size(), 20u * 16'384);
  EXPECT_EQ(server.transcript().body(1).size(), 0u);
}

TEST(Http2Server, PauseWithinDeliveryStopsIt) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.stream(1).Pause();
  server.Feed(Data(1, std::string(16'384, 'a')) + Data(1, std::string(16'384, 'b')));
  server.reader(1).on_data = [&] { server.stream(1).Pause(); };
  server.stream(1).Resume();
  server.Turn();
  const size_t first = server.transcript().body(1).size();
  EXPECT_GT(first, 0u);
  EXPECT_LT(first, 32'768u);
  while (server.transcript().body(1).size() < 32'768u) {
    server.stream(1).Resume();
    server.Turn();
  }
}

TEST(Http2Server, TellsWhenASlowPeerHasTakenEnough) {
  CodecOptions options;
  options.write_high_bytes = 16'384;
  ServerPeer server(options);
  server.Feed(ClientPreface() + WindowUpdate(0, 1'000'000) + Headers(1, GetFields()) +
              WindowUpdate(1, 1'000'000));
  server.TakeOutput();
  ServerStream& stream = server.stream(1);
  stream.SendResponse(MakeResponse(200), false);
  const std::string chunk(30'000, 'x');
  size_t sent = 0;
  while (stream.writable()) {
    stream.SendData(chunk);
    sent += chunk.size();
  }
  server.Turn();
  EXPECT_LE(sent, 120'000u);
  EXPECT_LE(server.output().size(), options.write_high_bytes + 16'384 + 100);
  EXPECT_THAT(server.transcript().lines(), Not(Contains("1 writable")));
  for (int i = 0; i < 10; ++i) server.TakeOutput();
  EXPECT_THAT(server.transcript().lines(), Contains("1 writable"));
  EXPECT_TRUE(stream.writable());
}

TEST(Http2Server, MoreFromWithinOnWritableGoesOutInTheSameTurn) {
  ServerPeer server;
  server.Feed(ClientPreface() + WindowUpdate(0, 1'000'000) + Headers(1, GetFields()) +
              WindowUpdate(1, 1'000'000));
  ServerStream& stream = server.stream(1);
  stream.SendResponse(MakeResponse(200), false);
  server.reader(1).on_writable = [&] { stream.SendEnd({}); };
  stream.SendData(std::string(100'000, 'x'));
  EXPECT_FALSE(stream.writable());
  server.Turn();
  std::string all = server.TakeOutput();
  all += server.TakeOutput();
  EXPECT_THAT(testing::FramesIn(all), Contains("DATA 1 0 end"));
}

TEST(Http2Server, StreamsTakeTurns) {
  CodecOptions options;
  options.write_high_bytes = 65'536;
  ServerPeer server(options);
  server.Feed(ClientPreface() + WindowUpdate(0, 1'000'000) + Headers(1, GetFields()) +
              Headers(3, GetFields()));
  server.TakeOutput();
  for (const uint64_t id : {1, 3}) {
    server.stream(id).SendResponse(MakeResponse(200), false);
    server.stream(id).SendData(std::string(65'535, 'x'));
  }
  server.Turn();
  const auto frames = server.TakeFrames();
  EXPECT_GE(CountFrames(frames, "DATA 1"), 2u);
  EXPECT_GE(CountFrames(frames, "DATA 3"), 2u);
}

TEST(Http2Server, DrainLetsRequestsInFlightEnd) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  server.TakeOutput();
  server.codec().Drain();
  server.Turn();
  EXPECT_THAT(server.TakeFrames(),
              ::testing::UnorderedElementsAre("GOAWAY 2147483647 h2_no_error", "PING"));
  EXPECT_EQ(server.codec().state(), CodecState::kDraining);
  // This one was on its way.
  server.Feed(Headers(3, GetFields("/late")) +
              Frame(testing::kPingFrame, testing::kAck, 0, "\0\0\0\0\0\0\0\0"s));
  EXPECT_THAT(server.TakeFrames(), Contains("GOAWAY 3 h2_no_error"));
  server.Feed(Headers(5, GetFields("/too-late")));
  EXPECT_EQ(server.requests(), 2u);
  server.Answer(1);
  EXPECT_EQ(server.codec().state(), CodecState::kDraining);
  server.Answer(3);
  EXPECT_EQ(server.codec().state(), CodecState::kDone);
}

TEST(Http2Server, ResetTellsThePeerWhy) {
  ServerPeer server;
  std::string input = ClientPreface();
  for (uint32_t id = 1; id <= 11; id += 2) input += Headers(id, GetFields());
  server.Feed(input);
  server.TakeOutput();
  server.stream(1).Reset(StreamError::kCancelled);
  server.stream(3).Reset(StreamError::kUnprocessed);
  server.stream(5).Reset(StreamError::kLimit);
  server.stream(7).Reset(StreamError::kMalformed);
  server.stream(9).Reset(StreamError::kInternal);
  server.Turn();
  EXPECT_THAT(server.TakeFrames(),
              ElementsAre("RST_STREAM 1 h2_cancel", "RST_STREAM 3 h2_refused_stream",
                          "RST_STREAM 5 h2_enhance_your_calm", "RST_STREAM 7 h2_protocol_error",
                          "RST_STREAM 9 h2_internal_error"));
  EXPECT_EQ(server.codec().live_streams(), 1u);
}

TEST(Http2Server, AnEndedInputCutsEveryStreamWithoutAWholeResponse) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()) + Headers(3, PostFields(), 0));
  server.codec().ReceiveEnd();
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure reset connection_closed"));
  EXPECT_THAT(server.transcript().lines(), Contains("3 failure reset connection_closed"));
  EXPECT_EQ(server.codec().state(), CodecState::kDone);
  EXPECT_EQ(server.codec().live_streams(), 0u);
}

TEST(Http2Server, AnEndedInputLetsWholeResponsesOutAsFarAsTheWindowsGo) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()) + Headers(3, GetFields()));
  server.reader(1).deaf = server.reader(3).deaf = true;
  // 65,535 bytes are the connection's window.
  server.stream(1).SendResponse(MakeResponse(200), false);
  server.stream(1).SendData(std::string(60'000, 'x'));
  server.stream(1).SendEnd({});
  server.stream(3).SendResponse(MakeResponse(200), false);
  server.stream(3).SendData(std::string(60'000, 'x'));
  server.stream(3).SendEnd({});
  server.codec().ReceiveEnd();
  for (int i = 0; i < 10; ++i) {
    server.TakeOutput();
    server.Turn();
  }
  EXPECT_EQ(server.codec().state(), CodecState::kDone);
  EXPECT_EQ(server.codec().live_streams(), 0u);
  EXPECT_EQ(server.slabs().in_use(), 0u);
}

TEST(Http2Server, H2_08_AResponseThatThePeerNeverTakesIsReset) {
  ServerPeer server;
  server.Feed(ClientPreface() + Settings({{4, 0}}) + Headers(1, GetFields()) +
              Headers(3, GetFields()));
  server.Answer(1, 200, "stuck");
  server.stream(3).SendResponse(MakeResponse(200), false);
  server.stream(3).SendData("has not ended");
  server.Turn();
  server.codec().EndStalled();
  server.Turn();
  EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_cancel"));
  EXPECT_EQ(server.codec().live_streams(), 1u);
}

TEST(Http2Server, H2_08_AResponseThatThePeerTakesSlowlyIsNot) {
  ServerPeer server;
  server.Feed(ClientPreface() + Settings({{4, 0}}) + Headers(1, GetFields()));
  server.Answer(1, 200, "slow");
  for (int i = 0; i < 4; ++i) {
    server.Feed(WindowUpdate(1, 1));
    server.codec().EndStalled();
  }
  server.Turn();
  EXPECT_THAT(server.TakeFrames(), Contains("DATA 1 1 end"));
  EXPECT_EQ(server.codec().live_streams(), 0u);
}

TEST(Http2Server, ALostConnectionFailsEveryStream) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()) + Headers(3, PostFields(), 0));
  server.codec().ReceiveFailure();
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure reset connection_lost"));
  EXPECT_THAT(server.transcript().lines(), Contains("3 failure reset connection_lost"));
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_EQ(server.codec().live_streams(), 0u);
  EXPECT_FALSE(server.codec().wants_input());
}

TEST(Http2Server, RefusesAWrongPreface) {
  ServerPeer server;
  server.Feed("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_EQ(server.codec().failure_code(), "h2_preface");
  EXPECT_THAT(server.TakeFrames(), Contains("GOAWAY 0 h2_protocol_error"));
}

TEST(Http2Server, WhatIsTooLargeToSendFailsTheStream) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  http::Response response = MakeResponse(200);
  response.headers.Add("x-huge", std::string(2'000'000, 'h'));
  server.stream(1).SendResponse(response, false);
  server.Turn();
  EXPECT_THAT(server.transcript().lines(),
              Contains("1 failure internal h2_headers_too_large_to_send"));
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Server, NothingIsHeldWhenIdle) {
  ServerPeer server;
  server.Feed(ClientPreface() + WindowUpdate(0, 1'000'000));
  for (uint32_t id = 1; id < 100; id += 2) {
    server.Feed(Headers(id, PostFields(), 0) + Data(id, std::string(9'000, 'x'), kEndStream));
    server.Answer(id, 200, std::string(9'000, 'y'));
    server.TakeOutput();
  }
  server.TakeOutput();
  server.Turn();
  EXPECT_EQ(server.codec().live_streams(), 0u);
  EXPECT_EQ(server.slabs().in_use(), 0u);
}

}  // namespace
}  // namespace firebreak::proxy
