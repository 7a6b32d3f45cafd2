// Floods and bombs, by row of the catalogue of attacks (H2-01 to H2-10): each ends the connection
// or the stream by name, and costs us no more than it costs the sender.
#include <malloc.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using ::testing::AnyOf;
using testing::BigEndian;
using testing::Block;
using testing::ClientPreface;
using ::testing::Contains;
using testing::CountFrames;
using testing::Data;
using testing::Frame;
using testing::GetFields;
using ::testing::HasSubstr;
using testing::Headers;
using testing::kContinuationFrame;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::kHeadersFrame;
using testing::MakeResponse;
using ::testing::Not;
using testing::Ping;
using testing::PostFields;
using testing::Reset;
using testing::ServerPeer;
using testing::Settings;
using ::testing::StartsWith;
using testing::WindowUpdate;

std::string SettingsAck() { return Frame(testing::kSettingsFrame, testing::kAck, 0, ""); }

// Repeats `bytes` to a server that has had the preface, until it takes no more. The peer reads
// nothing. Returns how often it was taken.
int Flood(ServerPeer& server, const std::string& bytes, int most) {
  for (int i = 0; i < most; ++i) {
    if (!server.codec().wants_input()) return i;
    server.codec().Receive(bytes);
  }
  return most;
}

void ExpectFailure(ServerPeer& server, absl::string_view code) {
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_EQ(server.codec().failure_code(), code);
  EXPECT_THAT(server.transcript().lines(), Contains(absl::StrCat("malformed ", code)));
  EXPECT_EQ(server.codec().live_streams(), 0u);
  EXPECT_THAT(server.TakeFrames(), Contains(AllOf(StartsWith("GOAWAY"), HasSubstr("calm"))));
}

TEST(Http2Abuse, H2_01_RapidResetEndsTheConnection) {
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  for (int i = 0; i < 100'000 && server.codec().wants_input(); ++i, id += 2) {
    server.codec().Receive(Headers(id, GetFields()) + Reset(id));
  }
  ExpectFailure(server, "h2_reset_flood");
  EXPECT_LE(server.requests(), 101u);
}

TEST(Http2Abuse, H2_01_AResetCountsWhateverItsCode) {
  for (const uint32_t error : {0u, 5u, 7u, 8u, 0xffffffffu}) {
    ServerPeer server;
    server.Feed(ClientPreface());
    uint32_t id = 1;
    for (; id < 20'000 && server.codec().wants_input(); id += 2) {
      server.Feed(Headers(id, GetFields()) + Reset(id, error));
      server.TakeOutput();
    }
    EXPECT_EQ(server.codec().failure_code(), "h2_reset_flood") << error;
    EXPECT_LE(id, 205u);
  }
}

TEST(Http2Abuse, H2_01_InOneReadTheBudgetCountsAsWell) {
  ServerPeer server;
  std::string input = ClientPreface();
  for (uint32_t id = 1; id < 2'000; id += 2) input += Headers(id, GetFields()) + Reset(id);
  server.Feed(input);
  ExpectFailure(server, "h2_reset_flood");
  EXPECT_LE(server.requests(), 101u);
}

TEST(Http2Abuse, H2_01_ClientsMayCancelAThirdOfTheirRequestsForever) {
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  for (int i = 0; i < 9'000; ++i, id += 2) {
    server.Feed(Headers(id, GetFields()));
    if (i % 3 == 0) {
      server.Feed(Reset(id));
    } else {
      server.Answer(id);
    }
    server.TakeOutput();
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_01_AStreamCancelledWhileAnsweredIsNotHeldAgainstThePeer) {
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  for (int i = 0; i < 1'000; ++i, id += 2) {
    server.Feed(Headers(id, GetFields()));
    server.stream(id).SendResponse(MakeResponse(200), false);
    server.Turn();
    server.TakeOutput();
    server.Feed(Reset(id));
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_02_ResetsThatThePeerProvokesCountInTheSameBudget) {
  const auto provocations = {
      // A window beyond 2^31-1.
      +[](uint32_t id) { return Headers(id, GetFields(), 0) + WindowUpdate(id, 0x7fffffff); },
      // More body than Content-Length says.
      +[](uint32_t id) {
        auto fields = PostFields();
        fields.emplace_back("content-length", "1");
        return Headers(id, fields, 0) + Data(id, "two");
      },
      // A malformed message.
      +[](uint32_t id) {
        return Headers(id, {{":method", "GET"}});
      },
      // Too many fields.
      +[](uint32_t id) {
        auto fields = GetFields();
        for (int i = 0; i < 150; ++i) fields.emplace_back("x", "y");
        return Headers(id, fields);
      },
  };
  for (const auto& provoke : provocations) {
    ServerPeer server;
    server.Feed(ClientPreface());
    uint32_t id = 1;
    for (int i = 0; i < 10'000 && server.codec().wants_input(); ++i, id += 2) {
      server.Feed(provoke(id));
      server.TakeOutput();
      EXPECT_EQ(server.codec().live_streams(), 0u);
    }
    EXPECT_EQ(server.codec().failure_code(), "h2_reset_flood");
    EXPECT_LE(id, 210u);
  }
}

TEST(Http2Abuse, H2_02_FaultsOfTheConnectionEndItAtOnce) {
  const std::string faults[] = {
      WindowUpdate(1, 0),
      Frame(testing::kPriorityFrame, 0, 1, "bad"),
      Data(1, "after END_STREAM"),
      Data(99, "idle stream"),
      Frame(testing::kRstStreamFrame, 0, 1, "bad"),
      Frame(testing::kSettingsFrame, 0, 0, "bad"),
      Frame(testing::kSettingsFrame, 0, 1, ""),
      Frame(testing::kPingFrame, 0, 0, "short"),
      Frame(testing::kContinuationFrame, kEndHeaders, 1, ""),
      Frame(testing::kDataFrame, 0, 0, "no stream"),
      WindowUpdate(0, 0x7fffffff),
      Frame(testing::kDataFrame, 0, 1, std::string(16'385, 'x')),
      Headers(2, GetFields()),
      Frame(kHeadersFrame, kEndHeaders, 3, "\x80"),
      Frame(testing::kPushPromiseFrame, kEndHeaders, 1, BigEndian(2)),
  };
  for (const std::string& fault : faults) {
    ServerPeer server;
    server.Feed(ClientPreface() + Headers(1, GetFields()));
    server.TakeOutput();
    server.Feed(fault + Headers(5, GetFields("/never")));
    EXPECT_EQ(server.codec().state(), CodecState::kFailed) << testing::FramesIn(fault)[0];
    EXPECT_THAT(std::string(server.codec().failure_code()), StartsWith("h2_"));
    EXPECT_THAT(server.TakeFrames(), Contains(StartsWith("GOAWAY")));
    EXPECT_EQ(server.requests(), 1u) << "nothing is dispatched once closed";
    EXPECT_THAT(
        server.transcript().lines(),
        Contains(AnyOf(StartsWith("1 failure reset h2_"), StartsWith("1 failure malformed h2_"))));
  }
}

TEST(Http2Abuse, H2_03_ContinuationFlood) {
  for (const std::string& piece : {std::string(), std::string(1, '\0')}) {
    ServerPeer server;
    server.Feed(ClientPreface() + Frame(kHeadersFrame, kEndStream, 1, Block(GetFields())));
    EXPECT_EQ(Flood(server, Frame(kContinuationFrame, 0, 1, piece), 100'000), 9);
    ExpectFailure(server, "h2_continuation_flood");
    EXPECT_EQ(server.requests(), 0u);
  }
}

TEST(Http2Abuse, H2_03_ContinuationFloodOnAStreamThatWeReset) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.stream(1).Reset(StreamError::kCancelled);
  server.Turn();
  server.Feed(Frame(kHeadersFrame, kEndStream, 1, Block({{"a", "b"}})));
  EXPECT_EQ(Flood(server, Frame(kContinuationFrame, 0, 1, Block({{"a", "b"}})), 100'000), 9);
  EXPECT_EQ(server.codec().failure_code(), "h2_continuation_flood");
}

TEST(Http2Abuse, H2_03_EightContinuationFramesAreTakenHoweverTheyAreCut) {
  const std::string block = Block(GetFields());
  std::string input = ClientPreface() + Frame(kHeadersFrame, kEndStream, 1, block.substr(0, 5));
  for (size_t i = 1; i < 8; ++i) input += Frame(kContinuationFrame, 0, 1, block.substr(5 * i, 5));
  input += Frame(kContinuationFrame, kEndHeaders, 1, block.substr(40));
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, SIZE_MAX}) {
    ServerPeer server;
    server.Feed(input, piece);
    EXPECT_EQ(server.Text(), "1 request GET https://a.example/\n1 end") << piece;
  }
}

TEST(Http2Abuse, H2_03_SlowHeadersAreVisibleToTheTimer) {
  ServerPeer server;
  server.Feed(ClientPreface() + Frame(kHeadersFrame, kEndStream, 1, Block(GetFields())));
  EXPECT_TRUE(server.codec().receiving_headers());
}

// One entry of the dynamic table, then a byte for each further copy of it.
std::string BombBlock(const std::string& name, const std::string& value, size_t copies) {
  std::string block = Block(GetFields());
  const std::string literal = Block({{name, value}});
  block += '\x40' + literal.substr(1);  // with incremental indexing
  return block + std::string(copies, '\xbe');
}

size_t HeapInUse() { return mallinfo2().uordblks; }

TEST(Http2Abuse, H2_04_HeaderBombIsCountedBeforeItIsKept) {
  const std::string bombs[] = {BombBlock("x-bomb", std::string(3'900, 'b'), 60'000),
                               BombBlock("cookie", "a=b", 60'000), BombBlock("x", "", 60'000)};
  for (const std::string& block : bombs) {
    ServerPeer server;
    server.Feed(ClientPreface());
    server.TakeOutput();
    const size_t before = HeapInUse();
    std::string input = Frame(kHeadersFrame, kEndStream, 1, block.substr(0, 16'384));
    for (size_t at = 16'384; at < block.size(); at += 16'384) {
      const bool last = at + 16'384 >= block.size();
      input += Frame(kContinuationFrame, last ? kEndHeaders : 0, 1, block.substr(at, 16'384));
    }
    server.Feed(input);
    const size_t after = HeapInUse();
    EXPECT_LT(after, before + 100'000);
    ExpectFailure(server, "h2_header_flood");
    EXPECT_EQ(server.requests(), 0u);
  }
}

TEST(Http2Abuse, H2_04_ALittleOverTheLimitCostsTheStreamOnly) {
  ServerPeer server;
  server.Feed(ClientPreface());
  server.Feed(Frame(kHeadersFrame, kEndStream | kEndHeaders, 1, BombBlock("cookie", "a=b", 100)));
  server.Feed(Frame(kHeadersFrame, kEndStream | kEndHeaders, 3,
                    BombBlock("x-large", std::string(3'900, 'l'), 20)));
  EXPECT_EQ(server.Text(), "malformed header_fields\nmalformed header_bytes");
  EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_enhance_your_calm"));
  server.Feed(Headers(5, GetFields()));
  EXPECT_THAT(server.transcript().lines(), Contains("5 end"));
}

TEST(Http2Abuse, H2_04_TrailersHaveTheSameLimits) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  testing::Fields trailers(150, {"x", "y"});
  server.Feed(Headers(1, trailers));
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure limit header_fields"));
}

TEST(Http2Abuse, H2_04_AWindowOfZeroHoldsNoMoreThanTheOutboxes) {
  ServerPeer server;
  server.Feed(ClientPreface() + Settings({{4, 0}}));
  const std::string chunk(16'384, 'x');
  for (uint32_t id = 1; id < 200; id += 2) {
    server.Feed(Headers(id, GetFields()));
    ServerStream& stream = server.stream(id);
    stream.SendResponse(MakeResponse(200), false);
    while (stream.writable()) stream.SendData(chunk);
    server.Turn();
  }
  const size_t held = server.slabs().in_use();
  EXPECT_LE(held, size_t{600});
  // A trickle of window does not make it more.
  for (int i = 0; i < 100; ++i) server.Feed(WindowUpdate(1, 1));
  EXPECT_LE(server.slabs().in_use(), held + 2);
}

TEST(Http2Abuse, H2_05_EveryFieldReceivedIsCounted) {
  // Host, cookies, and fields that nghttp2 itself would pass over.
  for (const auto& [name, value] : testing::Fields{{"cookie", "a"}, {"x", ""}, {"a", "b"}}) {
    ServerPeer server;
    auto fields = GetFields();
    for (int i = 0; i < 97; ++i) fields.emplace_back(name, value);
    server.Feed(ClientPreface() + Headers(1, fields));
    EXPECT_THAT(server.transcript().lines(), Contains("malformed header_fields")) << name;
  }
}

TEST(Http2Abuse, H2_05_RepeatedHostAndTableSizeUpdatesAreRefused) {
  ServerPeer server;
  auto fields = GetFields();
  for (int i = 0; i < 50; ++i) fields.emplace_back("host", "a.example");
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_EQ(server.Text(), "malformed h2_malformed_field");
  server.Feed(Frame(kHeadersFrame, kEndHeaders | kEndStream, 3, std::string(10'000, '\x20')));
  EXPECT_THAT(server.transcript().lines(), Not(Contains(StartsWith("3 request"))));
}

TEST(Http2Abuse, H2_06_FloodsOfFramesThatCarryNothing) {
  const struct {
    std::string frame;
    absl::string_view code;
    int at_most;
  } floods[] = {
      {Ping(), "h2_ping_flood", 1'001},
      {Settings(), "h2_settings_flood", 101},
      {Settings({{1, 0}, {1, 4096}}), "h2_settings_flood", 101},
      {Data(1, ""), "h2_empty_data_flood", 101},
      {Data(1, absl::string_view("\0", 1), testing::kPadded), "h2_empty_data_flood", 101},
      {Frame(testing::kPriorityFrame, 0, 1, BigEndian(0) + "w"), "h2_priority_flood", 200},
      {Frame(testing::kPriorityFrame, 0, 77, BigEndian(0) + "w"), "h2_priority_flood", 200},
      {WindowUpdate(0, 1), "h2_window_update_flood", 200},
      {WindowUpdate(1, 1), "h2_window_update_flood", 200},
      {Frame(0x4d, 0, 0, "unknown type"), "h2_stray_flood", 1'010},
      {Frame(0x10, 0, 0, "\0\0\0\1u=1"), "h2_stray_flood", 1'010},
      {Frame(testing::kGoawayFrame, 0, 0, BigEndian(0) + BigEndian(0)), "h2_stray_flood", 1'010},
  };
  for (const auto& [frame, code, at_most] : floods) {
    ServerPeer server;
    server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
    server.TakeOutput();
    EXPECT_LE(Flood(server, frame, 100'000), at_most) << code;
    EXPECT_LT(server.output().size(), 65'536u);
    ExpectFailure(server, code);
  }
}

TEST(Http2Abuse, H2_06_FloodsInOneReadAreFoundAsWell) {
  std::string pings;
  for (int i = 0; i < 3'000; ++i) pings += Ping();
  ServerPeer server;
  server.Feed(ClientPreface() + pings);
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_THAT(std::string(server.codec().failure_code()),
              AnyOf("h2_ping_flood", "h2_outbound_flood"));
}

TEST(Http2Abuse, H2_06_KeepAlivesOfAPeerThatReadsGoOnForDays) {
  ServerPeer server;
  server.Feed(ClientPreface());
  for (int i = 0; i < 20'000; ++i) {
    server.Feed(Ping());
    server.TakeOutput();
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_06_WindowUpdatesForWhatWeSendAreFree) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, GetFields()));
  ServerStream& stream = server.stream(1);
  stream.SendResponse(MakeResponse(200), false);
  for (int i = 0; i < 5'000; ++i) {
    stream.SendData(std::string(1'000, 'x'));
    server.Turn();
    server.TakeOutput();
    server.Feed(WindowUpdate(0, 1'000) + WindowUpdate(1, 500) + WindowUpdate(1, 500));
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_06_AnswersToAPeerThatDoesNotReadAreBounded) {
  // Each of these makes us send a reset; none is read.
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  while (server.codec().wants_input() && id < 1'000'000) {
    server.codec().Receive(Headers(id, {{":method", "GET"}}) + Ping());
    id += 2;
  }
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_LT(server.output().size(), 300'000u);
}

TEST(Http2Abuse, H2_07_OpeningAndResettingAllStreamsIsLinear) {
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  for (int round = 0; round < 1'000 && server.codec().wants_input(); ++round) {
    std::string input;
    for (uint32_t i = 0; i < 100; ++i) input += Headers(id + 2 * i, GetFields());
    for (uint32_t i = 0; i < 100; ++i) input += Reset(id + 2 * i);
    id += 200;
    server.Feed(input);
  }
  EXPECT_EQ(server.codec().failure_code(), "h2_reset_flood");
  EXPECT_EQ(server.slabs().in_use(), 1u) << "the output";
}

TEST(Http2Abuse, H2_07_StreamsAreCountedEvenBeforeOurSettingsWereRead) {
  ServerPeer server;
  server.Feed(ClientPreface());
  std::string input;
  for (uint32_t id = 1; id < 2 * 150; id += 2) input += Headers(id, GetFields());
  server.Feed(input);
  EXPECT_EQ(server.codec().live_streams(), 100u);
  EXPECT_EQ(CountFrames(server.TakeFrames(), "RST_STREAM"), 50u);
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
  // Who has read them must keep to them.
  server.Feed(SettingsAck() + Headers(301, GetFields()));
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
}

TEST(Http2Abuse, H2_08_AStuckStreamGivesItsMemoryBackWhenItIsReset) {
  ServerPeer server;
  server.Feed(ClientPreface() + Settings({{4, 0}}) + Headers(1, PostFields(), 0));
  server.stream(1).Pause();
  server.Feed(Data(1, std::string(16'384, 'r')));
  server.stream(1).SendResponse(MakeResponse(200), false);
  server.stream(1).SendData(std::string(65'536, 'w'));
  server.stream(1).SendEnd({});
  server.Turn();
  server.TakeOutput();
  EXPECT_GE(server.slabs().in_use(), 4u);
  EXPECT_EQ(server.codec().live_streams(), 1u);
  server.stream(1).Reset(StreamError::kCancelled);
  server.Turn();
  server.TakeOutput();
  EXPECT_EQ(server.slabs().in_use(), 0u);
  EXPECT_EQ(server.codec().live_streams(), 0u);
}

TEST(Http2Abuse, H2_09_TrailersMustEndTheStream) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + Headers(1, {{"a", "b"}}, 0));
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure malformed h2_malformed_message"));
  EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_protocol_error"));
}

TEST(Http2Abuse, H2_09_FramesAfterGoawayAndResetAreHarmless) {
  const std::string goaway = Frame(testing::kGoawayFrame, 0, 0, BigEndian(0) + BigEndian(0));
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + goaway + Data(1, "still") +
              Settings({{4, 0}}) + Settings({{4, 0x7fffffff}}) + Settings({{3, 0}}) +
              SettingsAck() + Data(1, "good", kEndStream));
  EXPECT_EQ(server.codec().state(), CodecState::kDraining);
  EXPECT_EQ(server.transcript().body(1), "stillgood");
  server.Answer(1);
  EXPECT_EQ(server.codec().state(), CodecState::kDone);
}

TEST(Http2Abuse, H2_09_InvalidSettingsEndTheConnection) {
  const std::string invalid[] = {Settings({{2, 2}}), Settings({{4, 0x80000000}}),
                                 Settings({{5, 1}}), Settings({{5, 0x1000000}}),
                                 SettingsAck() + SettingsAck()};
  for (const std::string& settings : invalid) {
    ServerPeer server;
    server.Feed(ClientPreface() + settings);
    EXPECT_EQ(server.codec().state(), CodecState::kFailed);
    EXPECT_FALSE(server.codec().wants_input());
  }
}

TEST(Http2Abuse, H2_09_MessagesOnAStreamThatThePeerEndedEndTheConnection) {
  const std::string endings[] = {Headers(5, PostFields(), 0) + Reset(5), Headers(5, GetFields())};
  const std::string more[] = {Headers(5, GetFields("/again")), Headers(3, GetFields("/lower")),
                              Data(5, "more"), Data(3, "idle")};
  for (const std::string& ending : endings) {
    for (const std::string& frame : more) {
      ServerPeer server;
      server.Feed(ClientPreface() + ending);
      if (server.codec().live_streams() > 0) server.Answer(5);
      server.TakeOutput();
      server.Feed(frame + Headers(7, GetFields()));
      EXPECT_EQ(server.codec().failure_code(), "h2_stream_closed");
      EXPECT_EQ(server.requests(), 1u);
    }
  }
}

TEST(Http2Abuse, H2_09_MessagesThatCrossedAResetOfOursAreNoFault) {
  ServerPeer server;
  server.Feed(ClientPreface());
  // Three ways for us to be first: a reset, an early answer, a refusal for being one too many.
  std::string input;
  for (uint32_t id = 1; id < 2 * 101; id += 2) input += Headers(id, PostFields(), 0);
  server.Feed(input + Headers(203, PostFields(), 0) + Data(203, "refused"));
  server.stream(1).Reset(StreamError::kCancelled);
  server.Answer(3, 403, "no");
  server.Turn();
  server.Feed(Headers(205, PostFields(), 0));
  for (const uint32_t id : {1u, 3u, 203u}) {
    server.Feed(Data(id, "late") + Headers(id, {{"late", "trailer"}}));
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_10_ContentLengthMustBeTheSumOfData) {
  const struct {
    const char* length;
    std::string frames;
  } cases[] = {
      {"3", Data(1, "ab", kEndStream)}, {"3", Data(1, "abcd", kEndStream)},
      {"3", Data(1, "abcd")},           {"3", Data(1, "ab") + Headers(1, {{"a", "b"}})},
      {"3", Data(1, "", kEndStream)},
  };
  for (const auto& [length, frames] : cases) {
    ServerPeer server;
    auto fields = PostFields();
    fields.emplace_back("content-length", length);
    server.Feed(ClientPreface() + Headers(1, fields, 0) + frames);
    EXPECT_THAT(server.transcript().lines(), Contains(StartsWith("1 failure malformed h2_")));
    EXPECT_THAT(server.transcript().lines(), Not(Contains("1 end")));
    EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_protocol_error"));
    EXPECT_EQ(server.codec().state(), CodecState::kOpen);
  }
}

TEST(Http2Abuse, H2_10_ContentLengthWithoutBodyIsMalformed) {
  ServerPeer server;
  auto fields = PostFields();
  fields.emplace_back("content-length", "3");
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_EQ(server.Text(), "malformed h2_malformed_message");
}

TEST(Http2Abuse, H2_10_PaddingBeyondTheFrameEndsTheConnection) {
  for (const uint8_t type : {testing::kDataFrame, kHeadersFrame}) {
    ServerPeer server;
    server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
    const uint32_t id = type == kHeadersFrame ? 3 : 1;
    server.Feed(Frame(type, testing::kPadded | kEndHeaders, id, "\xff padding"));
    EXPECT_EQ(server.codec().failure_code(), "h2_protocol_error");
  }
}

TEST(Http2Abuse, H2_10_PaddingIsNotBodyAndGivesItsWindowBack) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  const std::string padded = std::string(1, '\xff') + "x" + std::string(255, '\0');
  for (int i = 0; i < 1'000; ++i) {
    server.Feed(Data(1, padded, testing::kPadded));
    server.TakeOutput();
  }
  EXPECT_EQ(server.transcript().body(1), std::string(1'000, 'x'));
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Abuse, H2_10_UpgradeToH2cIsRefused) {
  for (const auto& [name, value] : testing::Fields{{"upgrade", "h2c"},
                                                   {"http2-settings", "AAMAAABkAARAAAAAAAIAAAAA"},
                                                   {"connection", "upgrade"}}) {
    ServerPeer server;
    auto fields = GetFields();
    fields.emplace_back(name, value);
    server.Feed(ClientPreface() + Headers(1, fields));
    EXPECT_THAT(server.transcript().lines(), Not(Contains(HasSubstr("request")))) << name;
  }
}

}  // namespace
}  // namespace firebreak::proxy
