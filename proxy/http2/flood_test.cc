// Floods of streams and frames, by row of the catalogue of attacks (H2-01, H2-02, H2-06 to H2-08):
// each ends the connection by name, and costs us no more than it costs the sender.
#include "proxy/http2/flood.h"

#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using ::testing::AnyOf;
using testing::BigEndian;
using testing::ClientPreface;
using ::testing::Contains;
using testing::CountFrames;
using testing::Data;
using testing::ExpectFailure;
using testing::Flood;
using testing::Frame;
using testing::GetFields;
using testing::Headers;
using testing::kEndHeaders;
using testing::kHeadersFrame;
using testing::MakeResponse;
using testing::Ping;
using testing::PostFields;
using testing::Reset;
using testing::ServerPeer;
using testing::Settings;
using testing::SettingsAck;
using ::testing::StartsWith;
using testing::WindowUpdate;

TEST(Http2Flood, H2_01_RapidResetEndsTheConnection) {
  ServerPeer server;
  server.Feed(ClientPreface());
  uint32_t id = 1;
  for (int i = 0; i < 100'000 && server.codec().wants_input(); ++i, id += 2) {
    server.codec().Receive(Headers(id, GetFields()) + Reset(id));
  }
  ExpectFailure(server, "h2_reset_flood");
  EXPECT_LE(server.requests(), 101u);
}

TEST(Http2Flood, H2_01_AResetCountsWhateverItsCode) {
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

TEST(Http2Flood, H2_01_InOneReadTheBudgetCountsAsWell) {
  ServerPeer server;
  std::string input = ClientPreface();
  for (uint32_t id = 1; id < 2'000; id += 2) input += Headers(id, GetFields()) + Reset(id);
  server.Feed(input);
  ExpectFailure(server, "h2_reset_flood");
  EXPECT_LE(server.requests(), 101u);
}

TEST(Http2Flood, H2_01_ClientsMayCancelAThirdOfTheirRequestsForever) {
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

TEST(Http2Flood, H2_01_AStreamCancelledWhileAnsweredIsNotHeldAgainstThePeer) {
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

TEST(Http2Flood, H2_02_ResetsThatThePeerProvokesCountInTheSameBudget) {
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

TEST(Http2Flood, H2_02_FaultsOfTheConnectionEndItAtOnce) {
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

TEST(Http2Flood, H2_06_FloodsOfFramesThatCarryNothing) {
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

TEST(Http2Flood, H2_06_FloodsInOneReadAreFoundAsWell) {
  std::string pings;
  for (int i = 0; i < 3'000; ++i) pings += Ping();
  ServerPeer server;
  server.Feed(ClientPreface() + pings);
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_THAT(std::string(server.codec().failure_code()),
              AnyOf("h2_ping_flood", "h2_outbound_flood"));
}

TEST(Http2Flood, H2_06_KeepAlivesOfAPeerThatReadsGoOnForDays) {
  ServerPeer server;
  server.Feed(ClientPreface());
  for (int i = 0; i < 20'000; ++i) {
    server.Feed(Ping());
    server.TakeOutput();
  }
  EXPECT_EQ(server.codec().state(), CodecState::kOpen);
}

TEST(Http2Flood, H2_06_WindowUpdatesForWhatWeSendAreFree) {
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

TEST(Http2Flood, H2_06_AnswersToAPeerThatDoesNotReadAreBounded) {
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

TEST(Http2Flood, H2_07_OpeningAndResettingAllStreamsIsLinear) {
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

TEST(Http2Flood, H2_07_StreamsAreCountedEvenBeforeOurSettingsWereRead) {
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

TEST(Http2Flood, H2_08_AStuckStreamGivesItsMemoryBackWhenItIsReset) {
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

}  // namespace
}  // namespace firebreak::proxy
