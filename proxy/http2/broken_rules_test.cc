// Frames that break the rules of their stream, by row of the catalogue of attacks (H2-09, H2-10).
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::BigEndian;
using testing::ClientPreface;
using ::testing::Contains;
using testing::Data;
using testing::Frame;
using testing::GetFields;
using ::testing::HasSubstr;
using testing::Headers;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::kHeadersFrame;
using ::testing::Not;
using testing::PostFields;
using testing::Reset;
using testing::ServerPeer;
using testing::Settings;
using testing::SettingsAck;
using ::testing::StartsWith;

TEST(Http2BrokenRules, H2_09_TrailersMustEndTheStream) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0) + Headers(1, {{"a", "b"}}, 0));
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure malformed h2_malformed_message"));
  EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_protocol_error"));
}

TEST(Http2BrokenRules, H2_09_FramesAfterGoawayAndResetAreHarmless) {
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

TEST(Http2BrokenRules, H2_09_InvalidSettingsEndTheConnection) {
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

TEST(Http2BrokenRules, H2_09_MessagesOnAStreamThatThePeerEndedEndTheConnection) {
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

TEST(Http2BrokenRules, H2_09_MessagesThatCrossedAResetOfOursAreNoFault) {
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

TEST(Http2BrokenRules, H2_10_ContentLengthMustBeTheSumOfData) {
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

TEST(Http2BrokenRules, H2_10_ContentLengthWithoutBodyIsMalformed) {
  ServerPeer server;
  auto fields = PostFields();
  fields.emplace_back("content-length", "3");
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_EQ(server.Text(), "malformed h2_malformed_message");
}

TEST(Http2BrokenRules, H2_10_PaddingBeyondTheFrameEndsTheConnection) {
  for (const uint8_t type : {testing::kDataFrame, kHeadersFrame}) {
    ServerPeer server;
    server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
    const uint32_t id = type == kHeadersFrame ? 3 : 1;
    server.Feed(Frame(type, testing::kPadded | kEndHeaders, id, "\xff padding"));
    EXPECT_EQ(server.codec().failure_code(), "h2_protocol_error");
  }
}

TEST(Http2BrokenRules, H2_10_PaddingIsNotBodyAndGivesItsWindowBack) {
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

TEST(Http2BrokenRules, H2_10_UpgradeToH2cIsRefused) {
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
