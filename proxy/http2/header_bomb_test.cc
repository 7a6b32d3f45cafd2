// Headers that are many, large or never end, by row of the catalogue of attacks (H2-03 to H2-05):
// each ends the connection or the stream by name, and costs us no more than it costs the sender.
#include <malloc.h>

#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/flood.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::Block;
using testing::ClientPreface;
using ::testing::Contains;
using testing::ExpectFailure;
using testing::Flood;
using testing::Frame;
using testing::GetFields;
using testing::Headers;
using testing::kContinuationFrame;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::kHeadersFrame;
using testing::MakeResponse;
using ::testing::Not;
using testing::PostFields;
using testing::ServerPeer;
using testing::Settings;
using ::testing::StartsWith;
using testing::WindowUpdate;

// One entry of the dynamic table, then a byte for each further copy of it.
std::string BombBlock(const std::string& name, const std::string& value, size_t copies) {
  std::string block = Block(GetFields());
  const std::string literal = Block({{name, value}});
  block += '\x40' + literal.substr(1);  // with incremental indexing
  return block + std::string(copies, '\xbe');
}

size_t HeapInUse() { return mallinfo2().uordblks; }

TEST(Http2HeaderBomb, H2_03_ContinuationFlood) {
  for (const std::string& piece : {std::string(), std::string(1, '\0')}) {
    ServerPeer server;
    server.Feed(ClientPreface() + Frame(kHeadersFrame, kEndStream, 1, Block(GetFields())));
    EXPECT_EQ(Flood(server, Frame(kContinuationFrame, 0, 1, piece), 100'000), 9);
    ExpectFailure(server, "h2_continuation_flood");
    EXPECT_EQ(server.requests(), 0u);
  }
}

TEST(Http2HeaderBomb, H2_03_ContinuationFloodOnAStreamThatWeReset) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  server.stream(1).Reset(StreamError::kCancelled);
  server.Turn();
  server.Feed(Frame(kHeadersFrame, kEndStream, 1, Block({{"a", "b"}})));
  EXPECT_EQ(Flood(server, Frame(kContinuationFrame, 0, 1, Block({{"a", "b"}})), 100'000), 9);
  EXPECT_EQ(server.codec().failure_code(), "h2_continuation_flood");
}

TEST(Http2HeaderBomb, H2_03_EightContinuationFramesAreTakenHoweverTheyAreCut) {
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

TEST(Http2HeaderBomb, H2_03_SlowHeadersAreVisibleToTheTimer) {
  ServerPeer server;
  server.Feed(ClientPreface() + Frame(kHeadersFrame, kEndStream, 1, Block(GetFields())));
  EXPECT_TRUE(server.codec().receiving_headers());
}

TEST(Http2HeaderBomb, H2_04_HeaderBombIsCountedBeforeItIsKept) {
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

TEST(Http2HeaderBomb, H2_04_ALittleOverTheLimitCostsTheStreamOnly) {
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

TEST(Http2HeaderBomb, H2_04_TrailersHaveTheSameLimits) {
  ServerPeer server;
  server.Feed(ClientPreface() + Headers(1, PostFields(), 0));
  testing::Fields trailers(150, {"x", "y"});
  server.Feed(Headers(1, trailers));
  EXPECT_THAT(server.transcript().lines(), Contains("1 failure limit header_fields"));
}

TEST(Http2HeaderBomb, H2_04_AWindowOfZeroHoldsNoMoreThanTheOutboxes) {
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

TEST(Http2HeaderBomb, H2_05_EveryFieldReceivedIsCounted) {
  // Host, cookies, and fields that nghttp2 itself would pass over.
  for (const auto& [name, value] : testing::Fields{{"cookie", "a"}, {"x", ""}, {"a", "b"}}) {
    ServerPeer server;
    auto fields = GetFields();
    for (int i = 0; i < 97; ++i) fields.emplace_back(name, value);
    server.Feed(ClientPreface() + Headers(1, fields));
    EXPECT_THAT(server.transcript().lines(), Contains("malformed header_fields")) << name;
  }
}

TEST(Http2HeaderBomb, H2_05_RepeatedHostAndTableSizeUpdatesAreRefused) {
  ServerPeer server;
  auto fields = GetFields();
  for (int i = 0; i < 50; ++i) fields.emplace_back("host", "a.example");
  server.Feed(ClientPreface() + Headers(1, fields));
  EXPECT_EQ(server.Text(), "malformed h2_malformed_field");
  server.Feed(Frame(kHeadersFrame, kEndHeaders | kEndStream, 3, std::string(10'000, '\x20')));
  EXPECT_THAT(server.transcript().lines(), Not(Contains(StartsWith("3 request"))));
}

}  // namespace
}  // namespace firebreak::proxy
