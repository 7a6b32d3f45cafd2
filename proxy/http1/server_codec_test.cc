// The server's codec over the life of a connection.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http1/recorder.h"
#include "proxy/http1/request_cases.h"

namespace firebreak::proxy {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kUpgrade =
    "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

constexpr absl::string_view kOk = "HTTP/1.1 200 OK\r\nserver: test\r\ncontent-length: 2\r\n\r\nok";

http::Response ResponseWith(int status) {
  http::Response response;
  response.status = status;
  return response;
}

// A server whose host does nothing by itself.
class Quiet {
 public:
  explicit Quiet(CodecOptions options = {}) : server(options) {
    server.on_event = [this](absl::string_view event) {
      events.emplace_back(event);
      if (act) act(event);
    };
  }
  std::string log() const { return server.wire.log.text(); }
  void Turn() { server.wire.Turn(*server.codec); }

  ServerRecorder server;
  std::vector<std::string> events;
  std::function<void(absl::string_view event)> act;
};

TEST(Http1Server, KeepsConnectionOverManyRequests) {
  ServerRecorder server;
  for (int i = 0; i < 3; ++i) {
    server.Feed(Post("Content-Length: 5\r\n", "hello"));
    EXPECT_EQ(server.stream->id(), static_cast<uint64_t>(1 + 2 * i));
    EXPECT_EQ(server.codec->live_streams(), 0U);
  }
  EXPECT_EQ(server.wire.written, absl::StrCat(kOk, kOk, kOk));
  EXPECT_EQ(server.Outcome(), "open ");
  server.End();
  EXPECT_EQ(server.Outcome(), "done ");
}

TEST(Http1Server, ClosesWhenAsked) {
  for (const std::string& bytes :
       {Get("Connection: close\r\n"), Get("Connection: foo, Close\r\n"),
        std::string("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n")}) {
    ServerRecorder server;
    server.Feed(absl::StrCat(bytes, Get("")));
    EXPECT_EQ(server.requests, 1);
    EXPECT_EQ(server.Outcome(), "done ");
    EXPECT_THAT(server.wire.written, HasSubstr("connection: close\r\n"));
  }
}

TEST(Http1Server, AnswersPipelinedRequestsInOrder) {
  Quiet host;
  host.server.Feed(absl::StrCat(Get("x: 1\r\n"), Get("x: 2\r\n"), Get("x: 3\r\n")));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(host.server.requests, i);
    EXPECT_EQ(host.server.codec->wants_input(), i == 3);
    host.server.Respond(200, absl::StrCat("answer ", i));
    EXPECT_GT(host.server.wire.wakes, 0);
    host.Turn();
  }
  EXPECT_EQ(host.server.codec->live_streams(), 0U);
  EXPECT_THAT(host.server.wire.written, HasSubstr("answer 2HTTP/1.1 200 OK"));
}

TEST(Http1Server, H1_09_UnreadBodyIsNeverARequest) {
  // The body is refused with its head, and holds what looks like a request.
  Quiet host;
  host.act = [&](absl::string_view event) {
    if (event == "request") host.server.Respond(403, "no");
  };
  host.server.Feed(Post("Content-Length: 1000\r\n", Get("x-smuggled: 1\r\n")));
  EXPECT_EQ(host.server.requests, 1);
  EXPECT_EQ(host.server.Outcome(), "done ");
  EXPECT_THAT(host.server.wire.written, HasSubstr("connection: close\r\n"));
  host.server.codec->Receive(Get("x-smuggled: 2\r\n"));
  host.Turn();
  EXPECT_EQ(host.events, std::vector<std::string>{"request"});
}

TEST(Http1Server, H1_09_EarlyResponseClosesAfterwards) {
  Quiet host;
  host.server.Feed(Chunked("5\r\nhello\r\n"));
  host.server.stream->SendResponse(ResponseWith(200), false);
  host.server.stream->SendData("early");
  host.server.Feed("5\r\nworld\r\n0\r\n\r\n");
  EXPECT_THAT(host.log(), EndsWith("data helloworld\nend\n"));
  host.server.stream->SendEnd({});
  host.Turn();
  EXPECT_EQ(host.server.Outcome(), "done ");
  EXPECT_THAT(host.server.wire.written, HasSubstr("connection: close\r\n"));
}

TEST(Http1Server, H1_10_HeadAndBodilessStatusHaveNoBody) {
  struct Case {
    absl::string_view method;
    int status;
    absl::string_view head;
  };
  for (const Case& c : {Case{"HEAD", 200, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"},
                        Case{"GET", 304, "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"},
                        Case{"GET", 204, "HTTP/1.1 204 No Content\r\n\r\n"}}) {
    Quiet host;
    host.server.Feed(absl::StrCat(c.method, " / HTTP/1.1\r\nHost: h\r\n\r\n"));
    http::Response response = ResponseWith(c.status);
    response.content_length = 5;
    host.server.stream->SendResponse(response, false);
    host.server.stream->SendData("hello");
    host.server.stream->SendEnd({});
    host.Turn();
    EXPECT_EQ(host.server.wire.written, c.head);
    EXPECT_EQ(host.server.Outcome(), "open ");
  }
}

TEST(Http1Server, H1_10_InformationalComesBeforeTheResponse) {
  Quiet host;
  host.server.Feed(Post("Content-Length: 2\r\nExpect: 100-continue\r\n"));
  EXPECT_TRUE(host.server.request.expect_continue);
  host.server.stream->SendInformational(ResponseWith(100));
  host.server.Feed("hi");
  host.server.Respond(200, "ok");
  host.server.stream->SendInformational(ResponseWith(103));
  host.Turn();
  EXPECT_EQ(host.server.wire.written, absl::StrCat("HTTP/1.1 100 Continue\r\n\r\n", kOk));
}

TEST(Http1Server, H1_10_NoInformationalForHttp10) {
  Quiet host;
  host.server.Feed("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  host.server.stream->SendInformational(ResponseWith(103));
  host.Turn();
  EXPECT_EQ(host.server.wire.written, "");
}

TEST(Http1Server, H1_11_WhoReadsNoAnswersGetsNoMore) {
  CodecOptions options;
  options.write_high_bytes = 1'000;
  ServerRecorder server(options);
  server.wire.peer_reads = false;
  std::string flood;
  for (int i = 0; i < 1'000; ++i) absl::StrAppend(&flood, Get(""));
  server.Feed(flood);
  EXPECT_FALSE(server.codec->wants_input());
  EXPECT_LT(server.requests, 30);
  EXPECT_LT(server.wire.output.size(), 2'000U);
  server.wire.peer_reads = true;
  server.wire.Turn(*server.codec);
  EXPECT_EQ(server.requests, 1'000);
  EXPECT_TRUE(server.codec->wants_input());
}

TEST(Http1Server, ChunksWhatHasNoLength) {
  Quiet host;
  host.server.Feed(Get(""));
  host.server.stream->SendResponse(ResponseWith(200), false);
  host.server.stream->SendData("hello");
  host.server.stream->SendData("");
  host.server.stream->SendData(" wonderful world");
  http::HeaderMap trailers;
  trailers.Add("x-sum", "1");
  host.server.stream->SendEnd(trailers);
  host.Turn();
  EXPECT_EQ(host.server.wire.written,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n10\r\n wonderful world\r\n0\r\nx-sum: 1\r\n\r\n");
  EXPECT_EQ(host.server.Outcome(), "open ");
}

TEST(Http1Server, EndsWithTheConnectionForHttp10) {
  Quiet host;
  host.server.Feed("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  host.server.stream->SendResponse(ResponseWith(200), false);
  host.server.stream->SendData("hello");
  host.server.stream->SendEnd({});
  host.Turn();
  EXPECT_EQ(host.server.wire.written, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
  EXPECT_EQ(host.server.Outcome(), "done ");
}

TEST(Http1Server, NeverWritesMoreOrLessThanAnnounced) {
  for (const absl::string_view body : {"hel", "hello world"}) {
    Quiet host;
    host.server.Feed(absl::StrCat(Get(""), Get("")));
    http::Response response = ResponseWith(200);
    response.content_length = 5;
    host.server.stream->SendResponse(response, false);
    host.server.stream->SendData(body);
    host.server.stream->SendEnd({});
    host.Turn();
    const bool shorter = body.size() < 5;
    EXPECT_THAT(host.server.wire.written, EndsWith(shorter ? "\r\nhel" : "\r\nhello"));
    EXPECT_EQ(host.server.Outcome(), shorter ? "failed short_body" : "open ");
    EXPECT_EQ(host.server.requests, shorter ? 1 : 2);
  }
}

TEST(Http1Server, X_01_LineBreaksCannotSplitAResponse) {
  Quiet host;
  host.server.Feed(Get(""));
  http::Response response = ResponseWith(200);
  response.headers.Add("x-abc", "1\r\nset-cookie: a=b\n");
  host.server.stream->SendResponse(response, true);
  host.Turn();
  EXPECT_THAT(host.server.wire.written, HasSubstr("x-abc: 1  set-cookie: a=b \r\n"));
}

TEST(Http1Server, DeliversNothingWhilePaused) {
  // Paused at each event in turn, of a request in one piece and in many.
  const std::string bytes = absl::StrCat(Chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), Get(""));
  for (const size_t piece : {bytes.size(), size_t{1}}) {
    Quiet host;
    bool paused = false;
    host.act = [&](absl::string_view event) {
      EXPECT_FALSE(paused) << event;
      if (event == "end") return host.server.Respond(200, "ok");
      paused = true;
      host.server.stream->Pause();
    };
    absl::string_view left = bytes;
    for (int turns = 0; turns < 1'000 && host.server.requests < 2; ++turns) {
      if (host.server.codec->wants_input() && !left.empty()) {
        host.server.codec->Receive(left.substr(0, piece));
        left.remove_prefix(std::min(piece, left.size()));
      } else if (paused) {
        EXPECT_FALSE(host.server.codec->wants_input());
        paused = false;
        host.server.stream->Resume();
        EXPECT_GT(host.server.wire.wakes, 0);
      }
      host.Turn();
    }
    EXPECT_THAT(host.log(), HasSubstr(" chunked body\ndata abcde\nend\nrequest GET"));
  }
}

TEST(Http1Server, TellsWhenThereIsRoomAgain) {
  CodecOptions options;
  options.write_high_bytes = 10;
  Quiet host(options);
  host.server.Feed(Get(""));
  host.server.wire.peer_reads = false;
  host.server.stream->SendResponse(ResponseWith(200), false);
  EXPECT_FALSE(host.server.stream->writable());
  host.Turn();
  EXPECT_EQ(host.events.back(), "end");
  host.server.wire.peer_reads = true;
  host.Turn();
  EXPECT_EQ(host.events.back(), "writable");
  EXPECT_TRUE(host.server.stream->writable());
}

TEST(Http1Server, U_01_HoldsBytesUntilTheSwitch) {
  Quiet host;
  host.server.Feed(absl::StrCat(Get(kUpgrade), "early"));
  EXPECT_FALSE(host.server.codec->wants_input());
  EXPECT_THAT(host.log(), EndsWith("end\n"));
  host.server.Switch();
  host.Turn();
  EXPECT_THAT(host.log(), EndsWith("end\ndata early\n"));
  host.server.Feed(Get("x-raw: 1\r\n"));
  EXPECT_THAT(host.log(), EndsWith("data earlyGET / HTTP/1.1\r\nHost: h\r\nx-raw: 1\r\n\r\n\n"));
  host.server.stream->SendData("raw");
  host.Turn();
  EXPECT_THAT(host.server.wire.written,
              EndsWith("upgrade: websocket\r\nconnection: upgrade\r\n\r\nraw"));
  host.server.End();
  EXPECT_THAT(host.log(), EndsWith("\nend\n"));
  host.server.stream->SendEnd({});
  EXPECT_EQ(host.server.Outcome(), "done ");
  EXPECT_EQ(host.server.codec->live_streams(), 0U);
}

TEST(Http1Server, U_01_EndOfOurDirectionEndsBoth) {
  Quiet host;
  host.server.Feed(Get(kUpgrade));
  host.server.Switch();
  host.server.stream->SendData("bye");
  host.server.stream->SendEnd({});
  EXPECT_EQ(host.server.Outcome(), "done ");
  host.Turn();
  EXPECT_THAT(host.log(), EndsWith("end\nend\n"));
  EXPECT_EQ(host.server.codec->live_streams(), 0U);
}

TEST(Http1Server, U_01_LostConnectionStillTellsOfTheEnd) {
  Quiet host;
  host.server.Feed(Get(kUpgrade));
  host.server.Switch();
  host.server.stream->SendEnd({});
  host.server.codec->ReceiveFailure();
  EXPECT_THAT(host.log(), EndsWith("end\nend\n"));
}

TEST(Http1Server, U_01_RefusesUpgradeWithBody) {
  ServerRecorder server;
  server.Feed(Get(absl::StrCat(kUpgrade, "Content-Length: 5\r\n"), "hello"));
  EXPECT_THAT(server.wire.log.text(), HasSubstr("rejection 400 upgrade_refused\n"));
  EXPECT_EQ(server.Outcome(), "failed upgrade_refused");
}

TEST(Http1Server, U_02_WithoutSwitchNothingMoreIsRead) {
  Quiet host;
  host.server.Feed(absl::StrCat(Get(kUpgrade), Get("x-smuggled: 1\r\n")));
  host.server.Respond(200, "ok");
  host.Turn();
  EXPECT_EQ(host.server.requests, 1);
  EXPECT_EQ(host.server.Outcome(), "done ");
  EXPECT_THAT(host.server.wire.written, HasSubstr("connection: close\r\n"));
}

TEST(Http1Server, RefusesASwitchNobodyAskedFor) {
  Quiet host;
  host.server.Feed(Get(""));
  host.server.stream->SendResponse(ResponseWith(101), false);
  host.Turn();
  EXPECT_EQ(host.server.wire.written, "");
  EXPECT_EQ(host.server.Outcome(), "failed internal");
}

TEST(Http1Server, U_04_HearsNothingAfterAReset) {
  const std::string bytes = absl::StrCat(Chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), Get(""));
  for (size_t at = 0; at < 4; ++at) {
    for (const size_t piece : {bytes.size(), size_t{1}}) {
      Quiet host;
      host.act = [&](absl::string_view) {
        ASSERT_LE(host.events.size(), at + 1);
        if (host.events.size() == at + 1) host.server.stream->Reset(StreamError::kCancelled);
      };
      host.server.Feed(bytes, piece);
      host.server.End();
      host.server.codec->ReceiveFailure();
      EXPECT_EQ(host.events.size(), at + 1);
      EXPECT_EQ(host.server.Outcome(), "failed cancelled");
      EXPECT_EQ(host.server.codec->live_streams(), 0U);
    }
  }
}

TEST(Http1Server, U_04_ResetBetweenEventsAndInTheResponse) {
  Quiet host;
  host.server.Feed(Get(""));
  host.server.stream->SendResponse(ResponseWith(200), false);
  host.server.stream->SendData("half");
  host.server.stream->Reset(StreamError::kInternal);
  host.server.stream->SendData("more");
  host.server.stream->SendEnd({});
  host.server.stream->Resume();
  host.Turn();
  EXPECT_THAT(host.server.wire.written, EndsWith("4\r\nhalf\r\n"));
  EXPECT_EQ(host.server.Outcome(), "failed internal");
}

TEST(Http1Server, MalformedBodyIsAnsweredOnce) {
  Quiet silent;
  silent.server.Feed(Chunked("5\r\nhello\r\nX"));
  silent.server.Feed("\r\n");
  EXPECT_THAT(silent.server.wire.written, testing::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(silent.log(), EndsWith("data hello\nfailure malformed chunk_size\n"));
  EXPECT_EQ(silent.server.Outcome(), "failed chunk_size");

  Quiet begun;
  begun.server.Feed(Chunked("5\r\nhello\r\n"));
  begun.server.stream->SendResponse(ResponseWith(200), false);
  begun.server.Feed("X\r\n");
  EXPECT_THAT(begun.server.wire.written, Not(HasSubstr("400")));
  EXPECT_EQ(begun.server.Outcome(), "failed chunk_size");
}

TEST(Http1Server, DrainsAfterTheLiveRequest) {
  ServerRecorder idle;
  idle.codec->Drain();
  EXPECT_EQ(idle.Outcome(), "done ");

  Quiet live;
  live.server.Feed(Get(""));
  live.server.codec->Drain();
  EXPECT_EQ(live.server.Outcome(), "draining ");
  live.server.Respond(200, "ok");
  EXPECT_EQ(live.server.Outcome(), "done ");
  live.Turn();
  EXPECT_THAT(live.server.wire.written, HasSubstr("connection: close\r\n"));

  ServerRecorder in_head;
  in_head.Feed("GET / HT");
  EXPECT_TRUE(in_head.codec->receiving_headers());
  in_head.codec->Drain();
  in_head.Feed("TP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(in_head.codec->receiving_headers());
  EXPECT_EQ(in_head.Outcome(), "done ");
  EXPECT_THAT(in_head.wire.written, HasSubstr("connection: close\r\n"));
}

TEST(Http1Server, EndOfInputCutsMessagesShort) {
  ServerRecorder in_head;
  in_head.Feed("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(in_head.End(), "malformed truncated\n");
  EXPECT_EQ(in_head.Outcome(), "failed truncated");

  ServerRecorder in_body;
  in_body.Feed(Post("Content-Length: 10\r\n", "hello"));
  EXPECT_THAT(in_body.End(), EndsWith("data hello\nfailure reset truncated\n"));
  EXPECT_EQ(in_body.Outcome(), "failed truncated");
}

TEST(Http1Server, AnswersAClientThatHasEndedItsDirection) {
  Quiet host;
  host.server.Feed(absl::StrCat(Get(""), Get("")));
  host.server.End();
  host.server.Respond(200, "ok");
  host.Turn();
  EXPECT_EQ(host.server.requests, 2);
  EXPECT_EQ(host.server.Outcome(), "open ");
  host.server.Respond(200, "ok");
  host.Turn();
  EXPECT_EQ(host.server.Outcome(), "done ");
  EXPECT_THAT(host.server.wire.written, HasSubstr("connection: close\r\n"));
}

TEST(Http1Server, LostConnectionFailsTheStream) {
  Quiet host;
  host.server.Feed(Get(""));
  host.server.codec->ReceiveFailure();
  EXPECT_THAT(host.log(), EndsWith("failure reset connection_lost\n"));
  host.server.codec->ReceiveFailure();
  EXPECT_EQ(host.events.size(), 3U);
}

}  // namespace
}  // namespace firebreak::proxy
