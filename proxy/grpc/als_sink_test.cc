#include "proxy/grpc/als_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <mutex>
#include <thread>

#include "absl/strings/match.h"

#include "flows/als.h"
#include "flows/stream_socket.h"
#include "flows/testing.h"
#include "proxy/grpc/framing.h"
#include "proxy/http2/testing.h"
#include "tests/support/bound_socket.h"
#include "tests/support/http_test_server.h"

namespace firebreak::proxy {
namespace {

using flows::Delivery;
using flows::TestBatch;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

enum class When : uint8_t { kAtEnd, kAtOnce, kNever };  // kNever: hangs up

struct Answer {
  std::string code = "0";
  When when = When::kAtEnd;
  int http_status = 200;
};

// GrpcPeer is a server that ends each call as it was told, OK without being told. One connection at
// a time.
class GrpcPeer {
 public:
  explicit GrpcPeer(const std::vector<Answer>& answers = {})
      : answers_(answers.begin(), answers.end()) {
    thread_ = std::thread([this] { Run(); });
  }
  ~GrpcPeer() {
    listener_.Shutdown();
    thread_.join();
  }
  GrpcPeer(const GrpcPeer&) = delete;
  GrpcPeer& operator=(const GrpcPeer&) = delete;

  uint16_t port() const { return listener_.port(); }
  // calls are the messages of each call that came to its end; heads what each asked for.
  std::vector<std::vector<std::string>> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void Run() {
    while (true) {
      const int fd = listener_.Accept();
      if (fd < 0) return;
      Serve(fd);
      close(fd);
    }
  }

  void Serve(int fd) {
    testing::ServerPeer peer;
    bool hang_up = false;
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    peer.on_request = [&](ServerStream& stream, http::Request& /*request*/) {
      const Answer answer = NextAnswer(peer.transcript().lines().back());
      hang_up = answer.when == When::kNever;
      if (answer.when == When::kAtOnce) End(stream, answer);
      if (answer.when != When::kAtEnd) return;
      peer.reader(stream.id()).on_end = [&stream, &peer, answer, this] {
        NoteCall(peer.transcript().body(stream.id()));
        End(stream, answer);
      };
    };
    std::array<char, 16'384> bytes{};
    while (!hang_up) {
      for (std::string out = peer.TakeOutput(); !out.empty(); out = peer.TakeOutput()) {
        send(fd, out.data(), out.size(), MSG_NOSIGNAL);
      }
      const ssize_t count = recv(fd, bytes.data(), bytes.size(), 0);
      if (count <= 0) return;
      peer.Feed({bytes.data(), static_cast<size_t>(count)});
    }
  }

  Answer NextAnswer(const std::string& head) {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
    Answer answer;
    if (!answers_.empty()) {
      answer = answers_.front();
      answers_.pop_front();
    }
    return answer;
  }

  void NoteCall(const std::string& body) {
    MessageReader reader(size_t{1} << 20);
    reader.Feed(body);
    std::vector<std::string> messages;
    for (auto next = reader.Next(); next.ok() && next->has_value(); next = reader.Next()) {
      messages.push_back(**next);
    }
    EXPECT_FALSE(reader.in_message());
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(messages));
  }

  static void End(ServerStream& stream, const Answer& answer) {
    http::Response response = testing::MakeResponse(answer.http_status);
    response.headers.Add("content-type", "application/grpc");
    stream.SendResponse(response, /*end=*/false);
    http::HeaderMap trailers;
    trailers.Add("grpc-status", answer.code);
    trailers.Add("grpc-message", "as it was told");
    stream.SendEnd(trailers);
  }

  const tests::BoundSocket listener_;
  std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<std::vector<std::string>> calls_;
  std::vector<std::string> heads_;
  int connections_ = 0;
  std::thread thread_;
};

std::unique_ptr<AlsSink> SinkTo(uint16_t port) {
  return std::make_unique<AlsSink>(
      GrpcServer{.host = "127.0.0.1", .port = port, .tls = false}, "firebreak",
      std::make_unique<flows::StreamSocket>(Clock::Real()), Clock::Real());
}

TEST(AlsSink, EachBatchIsACallOfItsOwnOverOneConnection) {
  GrpcPeer peer;
  const auto sink = SinkTo(peer.port());
  for (uint64_t i = 1; i <= 3; ++i) {
    const Delivery delivery = sink->Deliver(TestBatch(i));
    EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  }
  EXPECT_EQ(peer.connections(), 1);
  ASSERT_THAT(peer.calls(), SizeIs(3));
  for (const auto& messages : peer.calls()) {
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_THAT(messages[0], HasSubstr("payments-0")) << "each call says who sends";
    EXPECT_THAT(messages[0], HasSubstr("0123456789abcdeffedcba9876543210"));
  }
  EXPECT_THAT(peer.heads()[0], StartsWith("1 request POST http://127.0.0.1:" +
                                          std::to_string(peer.port()) + flows::kAlsPath));
  EXPECT_THAT(peer.heads()[0], HasSubstr("content-type=application/grpc"));
}

TEST(AlsSink, ABatchOfManyMessagesGoesThroughAWindowThatIsSmaller) {
  GrpcPeer peer;
  const Delivery delivery = SinkTo(peer.port())->Deliver(TestBatch(1, 1'500));
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken) << delivery.detail;
  ASSERT_THAT(peer.calls(), SizeIs(1));
  EXPECT_GT(peer.calls()[0].size(), 2U);
}

TEST(AlsSink, AnEndBeforeTheLastMessageWasReadIsNoReceipt) {
  GrpcPeer peer(std::vector<Answer>{{.when = When::kAtOnce}});
  const auto sink = SinkTo(peer.port());
  // More than a window holds, so that the server has not read it all when it says OK.
  const Delivery early = sink->Deliver(TestBatch(1, 1'500));
  EXPECT_EQ(early.fate, Delivery::Fate::kLater);
  EXPECT_THAT(early.detail, HasSubstr("early"));
  EXPECT_EQ(sink->Deliver(TestBatch(1)).fate, Delivery::Fate::kTaken);
}

TEST(AlsSink, OnlyWhatSpeaksOfTheBatchIsFinal) {
  GrpcPeer peer(std::vector<Answer>{
      {.code = "3"}, {.code = "14"}, {.code = "12"}, {.code = "8"}, {.code = "16"}});
  const auto sink = SinkTo(peer.port());
  const Delivery refused = sink->Deliver(TestBatch(1));
  EXPECT_EQ(refused.fate, Delivery::Fate::kRefused);
  EXPECT_EQ(refused.detail, "as it was told");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(sink->Deliver(TestBatch(2)).fate, Delivery::Fate::kLater) << i;
  }
  EXPECT_EQ(sink->Deliver(TestBatch(2)).fate, Delivery::Fate::kTaken);
}

TEST(AlsSink, AConnectionThatIsLostIsMadeAnew) {
  GrpcPeer peer(std::vector<Answer>{{}, {.when = When::kNever}, {}});
  const auto sink = SinkTo(peer.port());
  EXPECT_EQ(sink->Deliver(TestBatch(1)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(sink->Deliver(TestBatch(2)).fate, Delivery::Fate::kLater);
  EXPECT_EQ(sink->Deliver(TestBatch(2)).fate, Delivery::Fate::kTaken);
  EXPECT_EQ(peer.connections(), 2);
}

TEST(AlsSink, WhatDoesNotSpeakGrpcIsGivenNothingForGood) {
  GrpcPeer web(std::vector<Answer>{{.http_status = 404}});
  const Delivery not_found = SinkTo(web.port())->Deliver(TestBatch(1));
  EXPECT_EQ(not_found.fate, Delivery::Fate::kLater);
  EXPECT_THAT(not_found.detail, HasSubstr("HTTP 404"));
  tests::TestServer old({});
  EXPECT_EQ(SinkTo(old.port())->Deliver(TestBatch(1)).fate, Delivery::Fate::kLater);
  uint16_t nobody = 0;
  {
    const GrpcPeer gone;
    nobody = gone.port();
  }
  EXPECT_EQ(SinkTo(nobody)->Deliver(TestBatch(1)).fate, Delivery::Fate::kLater);
}

TEST(AlsSink, LinesThatAreNoFlowsAreCountedAndTheRestGoes) {
  GrpcPeer peer;
  flows::Batch batch = TestBatch(1);
  batch.text += "nonsense\n";
  batch.lines = 2;
  const Delivery delivery = SinkTo(peer.port())->Deliver(batch);
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken);
  EXPECT_EQ(delivery.refused_lines, 1U);
  EXPECT_THAT(peer.calls(), SizeIs(1));
}

TEST(AlsSink, ABatchThatTellsOfTheLogAloneNeedsNoCall) {
  GrpcPeer peer;
  const flows::Batch batch{
      .text = "{\"time\":\"2026-11-22T10:00:00Z\",\"event\":\"LOST\",\"lost\":{\"count\":1}}\n",
      .lines = 1};
  EXPECT_EQ(SinkTo(peer.port())->Deliver(batch).fate, Delivery::Fate::kTaken);
  EXPECT_THAT(peer.heads(), IsEmpty());
}

}  // namespace
}  // namespace firebreak::proxy
