// The client's codec: the catalogue's rows on responses, and the life of a connection.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http1/recorder.h"
#include "proxy/http1/response_cases.h"

namespace firebreak::proxy {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr absl::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

void CheckRow(absl::string_view id) {
  int cases = 0;
  for (const ResponseCase& c : ResponseCases()) {
    if (c.id != id) continue;
    ++cases;
    SCOPED_TRACE(PrintableEscaped(c.bytes.substr(0, 200)));
    ClientRecorder client;
    client.Send(ClientRecorder::RequestFor(c.method));
    EXPECT_THAT(client.Feed(c.bytes), EndsWith(absl::StrCat(c.expect, "\n")));
    EXPECT_EQ(client.Outcome(), c.outcome);
    EXPECT_EQ(client.codec->room(), c.outcome == "open " ? 1U : 0U);
  }
  EXPECT_GT(cases, 0);
}

TEST(Http1Client, TakesWhatIsInOrder) { CheckRow(""); }
TEST(Http1Client, H1_01_RefusesLengthWithChunked) { CheckRow("H1-01"); }
TEST(Http1Client, H1_02_RefusesDuplicateAndOddLengths) { CheckRow("H1-02"); }
TEST(Http1Client, H1_03_KnowsChunkedAndNothingElse) { CheckRow("H1-03"); }
TEST(Http1Client, H1_04_RefusesOddChunks) { CheckRow("H1-04"); }
TEST(Http1Client, H1_05_EndsLinesWithCrlfOnly) { CheckRow("H1-05"); }
TEST(Http1Client, H1_06_RefusesOddHeaderBytes) { CheckRow("H1-06"); }
TEST(Http1Client, H1_07_RefusesOddStatusLines) { CheckRow("H1-07"); }
TEST(Http1Client, H1_10_FramesByTheRfcOnly) { CheckRow("H1-10"); }
TEST(Http1Client, H1_11_OutOfStepIsNeverReused) { CheckRow("H1-11"); }
TEST(Http1Client, H1_13_DropsForbiddenTrailers) { CheckRow("H1-13"); }
TEST(Http1Client, U_01_RefusesASwitchNobodyAskedFor) { CheckRow("U-01"); }
TEST(Http1Client, U_03_AnnouncedUpgradesAreTakenOut) { CheckRow("U-03"); }

std::string InPieces(const ResponseCase& c, size_t first, size_t piece) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor(c.method));
  const absl::string_view bytes = c.bytes;
  client.Feed(bytes.substr(0, first));
  client.Feed(bytes.substr(first), piece);
  return client.Transcript();
}

TEST(Http1Client, H1_12_GivesTheSameAnswerAtEverySplit) {
  for (const ResponseCase& c : ResponseCases()) {
    SCOPED_TRACE(PrintableEscaped(c.bytes.substr(0, 200)));
    const size_t size = c.bytes.size();
    const std::string whole = InPieces(c, size, size);
    const size_t step = std::max<size_t>(1, size / 2'000);
    for (size_t at = 1; at < size; at += step) {
      ASSERT_EQ(whole, InPieces(c, at, size)) << "split at " << at;
    }
    ASSERT_EQ(whole, InPieces(c, 0, 1));
  }
}

TEST(Http1Client, WritesRequests) {
  ClientRecorder client;
  http::Request request = ClientRecorder::RequestFor("GET", "/a");
  request.has_query = true;
  request.query = "b=c";
  request.headers.Add("x-one", "1");
  request.trailers_accepted = true;
  EXPECT_TRUE(client.Send(request));
  EXPECT_EQ(client.wire.written,
            "GET /a?b=c HTTP/1.1\r\nhost: upstream:8080\r\nx-one: 1\r\nconnection: te\r\n"
            "te: trailers\r\n\r\n");
}

TEST(Http1Client, FramesBodies) {
  struct Case {
    absl::string_view method;
    std::optional<uint64_t> length;
    bool end;
    absl::string_view framing;
  };
  for (const Case& c : {Case{"GET", std::nullopt, true, ""},
                        Case{"POST", std::nullopt, true, "content-length: 0\r\n"},
                        Case{"GET", 0, true, "content-length: 0\r\n"},
                        Case{"POST", 5, false, "content-length: 5\r\n"},
                        Case{"GET", std::nullopt, false, "transfer-encoding: chunked\r\n"}}) {
    ClientRecorder client;
    http::Request request = ClientRecorder::RequestFor(c.method);
    request.content_length = c.length;
    client.Send(request, c.end);
    EXPECT_EQ(client.wire.written,
              absl::StrCat(c.method, " / HTTP/1.1\r\nhost: upstream:8080\r\n", c.framing, "\r\n"));
  }
}

TEST(Http1Client, ReEncodesChunks) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor("POST"), false);
  client.stream->SendData("hello");
  http::HeaderMap trailers;
  trailers.Add("x-sum", "1");
  client.stream->SendEnd(trailers);
  client.wire.Turn(*client.codec);
  EXPECT_THAT(client.wire.written, EndsWith("\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n"));
}

TEST(Http1Client, X_01_LineBreaksCannotSplitARequest) {
  ClientRecorder client;
  http::Request request = ClientRecorder::RequestFor("GET", "/a\r\nx: 1");
  request.headers.Add("x-abc", "1\r\nhost: other");
  client.Send(request);
  EXPECT_EQ(client.wire.written,
            "GET /a  x: 1 HTTP/1.1\r\nhost: upstream:8080\r\nx-abc: 1  host: other\r\n\r\n");
}

TEST(Http1Client, CarriesOneRequestAfterAnother) {
  ClientRecorder client;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.codec->room(), 1U);
    ASSERT_TRUE(client.Send(ClientRecorder::RequestFor("GET")));
    EXPECT_EQ(client.stream->id(), static_cast<uint64_t>(1 + 2 * i));
    EXPECT_EQ(client.codec->room(), 0U);
    EXPECT_EQ(client.codec->Request(ClientRecorder::RequestFor("GET"), true, client), nullptr);
    client.Feed(Ok("Content-Length: 2\r\n", "ok"));
    EXPECT_EQ(client.codec->live_streams(), 0U);
  }
}

TEST(Http1Client, MayBeginTheNextRequestWithinTheEndOfOne) {
  ClientRecorder client;
  bool again = true;
  client.on_event = [&](absl::string_view event) {
    if (event != "end" || !std::exchange(again, false)) return;
    client.stream = client.codec->Request(ClientRecorder::RequestFor("GET"), true, client);
    EXPECT_NE(client.stream, nullptr);
  };
  client.Send(ClientRecorder::RequestFor("GET"));
  client.Feed(Ok("Content-Length: 0\r\n"));
  EXPECT_EQ(client.codec->live_streams(), 1U);
  client.Feed(Ok("Content-Length: 0\r\n"));
  EXPECT_EQ(client.Outcome(), "open ");
}

TEST(Http1Client, H1_11_BytesWithoutARequestCloseTheConnection) {
  ClientRecorder client;
  client.Feed(Ok("Content-Length: 0\r\n"));
  EXPECT_EQ(client.Outcome(), "failed unsolicited_bytes");
  EXPECT_EQ(client.codec->room(), 0U);
  EXPECT_FALSE(client.Send(ClientRecorder::RequestFor("GET")));
}

TEST(Http1Client, H1_11_EarlyResponseIsDeliveredAndTheRequestMayEnd) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor("POST"), false);
  client.Feed(Ok("Content-Length: 2\r\n", "no"));
  EXPECT_EQ(client.codec->room(), 0U);
  client.stream->SendData("late");
  client.stream->SendEnd({});
  EXPECT_EQ(client.codec->room(), 1U);
}

TEST(Http1Client, H1_11_BytesAfterAnEarlyResponseFailTheStream) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor("POST"), false);
  client.Feed(Ok("Content-Length: 2\r\n", "no"));
  EXPECT_THAT(client.Feed("x"), EndsWith("failure malformed unsolicited_bytes\n"));
  EXPECT_EQ(client.Outcome(), "failed unsolicited_bytes");
}

TEST(Http1Client, BodyMayEndWithTheConnection) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor("GET"));
  client.Feed(Ok("", "all of it"));
  EXPECT_THAT(client.End(), EndsWith("data all of it\nend\n"));
  EXPECT_EQ(client.Outcome(), "done ");
}

TEST(Http1Client, CutShortIsAFailure) {
  struct Case {
    std::string bytes;
    absl::string_view failure;
  };
  for (const Case& c : {Case{"", "failure reset closed_before_response\n"},
                        Case{"HTTP/1.1 2", "failure reset truncated\n"},
                        Case{"HTTP/1.1 103 Early Hints\r\n\r\n", "failure reset truncated\n"},
                        Case{Ok("Content-Length: 5\r\n", "hell"), "failure reset truncated\n"},
                        Case{OkChunked("5\r\nhello\r\n"), "failure reset truncated\n"}}) {
    ClientRecorder client;
    client.Send(ClientRecorder::RequestFor("GET"));
    client.Feed(c.bytes);
    EXPECT_THAT(client.End(), EndsWith(c.failure));
    EXPECT_EQ(client.codec->room(), 0U);
  }
}

TEST(Http1Client, StaleConnectionIsUncertain) {
  for (const bool lost : {false, true}) {
    ClientRecorder client;
    client.Send(ClientRecorder::RequestFor("GET"));
    client.Feed(Ok("Content-Length: 0\r\n"));
    client.Send(ClientRecorder::RequestFor("GET"));
    if (lost) {
      client.codec->ReceiveFailure();
    } else {
      client.End();
    }
    EXPECT_THAT(client.wire.log.text(), HasSubstr("failure uncertain "));
  }
}

TEST(Http1Client, IdleEndIsInOrder) {
  ClientRecorder client;
  client.Send(ClientRecorder::RequestFor("GET"));
  client.Feed(Ok("Content-Length: 0\r\n"));
  client.End();
  EXPECT_EQ(client.Outcome(), "done ");
}

TEST(Http1Client, DrainsAfterTheLiveRequest) {
  ClientRecorder idle;
  idle.codec->Drain();
  EXPECT_EQ(idle.Outcome(), "done ");

  ClientRecorder live;
  live.Send(ClientRecorder::RequestFor("GET"));
  live.codec->Drain();
  EXPECT_EQ(live.Outcome(), "draining ");
  live.Feed(Ok("Content-Length: 0\r\n"));
  EXPECT_EQ(live.Outcome(), "done ");
}

TEST(Http1Client, U_01_SwitchMakesBothDirectionsRaw) {
  ClientRecorder client;
  client.Send(ClientRecorder::WebsocketRequest(), false);
  EXPECT_THAT(client.wire.written,
              EndsWith("\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"));
  client.Feed(absl::StrCat(kSwitch, "early"));
  EXPECT_THAT(client.wire.log.text(), EndsWith("response 101\ndata early\n"));
  client.stream->SendData("raw");
  client.Feed("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_THAT(client.wire.log.text(), EndsWith("data earlyHTTP/1.1 200 OK\r\n\r\n\n"));
  EXPECT_THAT(client.wire.written, EndsWith("\r\n\r\nraw"));
  EXPECT_THAT(client.End(), EndsWith("\nend\n"));
  client.stream->SendEnd({});
  EXPECT_EQ(client.Outcome(), "done ");
  EXPECT_EQ(client.codec->live_streams(), 0U);
}

TEST(Http1Client, U_01_EndOfOurDirectionEndsBoth) {
  ClientRecorder client;
  client.Send(ClientRecorder::WebsocketRequest(), false);
  client.Feed(kSwitch);
  client.stream->SendEnd({});
  EXPECT_EQ(client.Outcome(), "done ");
  client.wire.Turn(*client.codec);
  EXPECT_THAT(client.wire.log.text(), EndsWith("response 101\nend\n"));
}

TEST(Http1Client, U_01_SwitchToSomethingElseIsMalformed) {
  ClientRecorder client;
  client.Send(ClientRecorder::WebsocketRequest(), false);
  client.Feed("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_THAT(client.wire.log.text(), EndsWith("failure malformed unexpected_switch\n"));
}

TEST(Http1Client, U_02_OrdinaryAnswerToUpgradeEndsTheConnection) {
  ClientRecorder client;
  client.Send(ClientRecorder::WebsocketRequest(), false);
  client.stream->SendData("must not be written");
  client.Feed(Ok("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n", "ok"));
  EXPECT_THAT(client.wire.log.text(), EndsWith("response 200 length=2 body\ndata ok\nend\n"));
  EXPECT_EQ(client.Outcome(), "done ");
  EXPECT_THAT(client.wire.written, EndsWith("\r\n\r\n"));
}

TEST(Http1Client, U_04_HearsNothingAfterAReset) {
  const std::string bytes = absl::StrCat("HTTP/1.1 103 Early Hints\r\n\r\n",
                                         OkChunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  for (int at = 1; at <= 4; ++at) {
    for (const size_t piece : {bytes.size(), size_t{1}}) {
      ClientRecorder client;
      int events = 0;
      client.on_event = [&](absl::string_view) {
        if (++events == at) client.stream->Reset(StreamError::kCancelled);
      };
      client.Send(ClientRecorder::RequestFor("GET"));
      client.Feed(bytes, piece);
      client.End();
      client.codec->ReceiveFailure();
      EXPECT_EQ(events, at);
      EXPECT_EQ(client.Outcome(), "failed cancelled");
      EXPECT_EQ(client.codec->live_streams(), 0U);
    }
  }
}

TEST(Http1Client, DeliversNothingWhilePaused) {
  ClientRecorder client;
  bool paused = false;
  client.on_event = [&](absl::string_view event) {
    EXPECT_FALSE(paused) << event;
    if (event == "end") return;
    paused = true;
    client.stream->Pause();
  };
  client.Send(ClientRecorder::RequestFor("GET"));
  client.Feed(OkChunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  for (int turns = 0; turns < 10 && paused; ++turns) {
    EXPECT_FALSE(client.codec->wants_input());
    paused = false;
    client.stream->Resume();
    client.wire.Turn(*client.codec);
  }
  EXPECT_THAT(client.wire.log.text(), EndsWith("data abcde\nend\n"));
  EXPECT_EQ(client.codec->room(), 1U);
}

TEST(Http1Client, TellsWhenThereIsRoomAgain) {
  CodecOptions options;
  options.write_high_bytes = 10;
  ClientRecorder client(options);
  std::vector<std::string> events;
  client.on_event = [&](absl::string_view event) { events.emplace_back(event); };
  client.wire.peer_reads = false;
  client.Send(ClientRecorder::RequestFor("POST"), false);
  EXPECT_FALSE(client.stream->writable());
  EXPECT_TRUE(events.empty());
  client.wire.peer_reads = true;
  client.wire.Turn(*client.codec);
  EXPECT_EQ(events, std::vector<std::string>{"writable"});
}

TEST(Http1Client, WakesItsHostToWrite) {
  ClientRecorder client;
  ClientStream* const stream =
      client.codec->Request(ClientRecorder::RequestFor("POST"), false, client);
  EXPECT_EQ(std::exchange(client.wire.wakes, 0), 1);
  stream->SendData("hello");
  EXPECT_EQ(std::exchange(client.wire.wakes, 0), 1);
  stream->SendEnd({});
  EXPECT_EQ(std::exchange(client.wire.wakes, 0), 1);
  stream->Reset(StreamError::kCancelled);
  EXPECT_EQ(client.wire.wakes, 1);
}

TEST(Http1Client, NeverSendsMoreOrLessThanAnnounced) {
  for (const absl::string_view body : {"hel", "hello world"}) {
    ClientRecorder client;
    http::Request request = ClientRecorder::RequestFor("POST");
    request.content_length = 5;
    client.Send(request, false);
    client.stream->SendData(body);
    client.stream->SendEnd({});
    client.wire.Turn(*client.codec);
    const bool shorter = body.size() < 5;
    EXPECT_THAT(client.wire.written, EndsWith(shorter ? "\r\n\r\nhel" : "\r\n\r\nhello"));
    EXPECT_EQ(client.wire.log.text(), shorter ? "failure internal short_body\n" : "");
  }
}

}  // namespace
}  // namespace firebreak::proxy
