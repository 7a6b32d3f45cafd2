#include "proxy/tcp/relay.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "proxy/net/plain_transport.h"
#include "tests/support/socket_pair.h"

namespace firebreak::proxy {
namespace {

using tests::SocketPair;

// A client and a server on real sockets, and a Relay between them on a real loop.
class RelayTest : public testing::Test {
 protected:
  struct Side final : FdHandler {
    Side(RelayTest& owner, bool downstream) : test(owner), is_downstream(downstream) {}
    void OnFdEvents(FdEvents events) override {
      Transport& transport = is_downstream ? *test.downstream_ : *test.upstream_;
      transport.Note(events);
      if (Ended(test.state_)) return;
      test.state_ =
          is_downstream ? test.relay_->OnDownstream(events) : test.relay_->OnUpstream(events);
    }
    RelayTest& test;
    bool is_downstream;
  };

  static bool Ended(Relay::State state) {
    return state != Relay::State::kOpen && state != Relay::State::kHalfClosed;
  }

  void Open(int buffer_bytes = 0, size_t piece_bytes = 65'536, bool refuse_requests = false) {
    SocketPair down = tests::MakeSocketPair(buffer_bytes);
    SocketPair up = tests::MakeSocketPair(buffer_bytes);
    client_ = std::move(down.near);
    server_ = std::move(up.near);
    downstream_ = std::make_unique<PlainTransport>(std::move(down.far), scratch_);
    upstream_ = std::make_unique<PlainTransport>(std::move(up.far), scratch_);
    downstream_->Watch(loop_, downstream_side_);
    upstream_->Watch(loop_, upstream_side_);
    relay_.emplace(*downstream_, *upstream_, connection_, chain_, scratch_, piece_bytes);
    if (refuse_requests) relay_->RefuseRequests();
    state_ = relay_->Start();
  }

  // Moves what can be sent and received without blocking, one turn.
  void Turn(std::string* to_send, const Socket& from, const Socket& to, std::string* received) {
    if (!to_send->empty()) {
      const ssize_t put = send(from.fd(), to_send->data(), to_send->size(), MSG_NOSIGNAL);
      if (put > 0) to_send->erase(0, static_cast<size_t>(put));
    }
    char piece[3000];
    const ssize_t got = recv(to.fd(), piece, sizeof(piece), 0);
    if (got > 0) received->append(piece, static_cast<size_t>(got));
  }

  void RunUntilEnded() {
    while (!Ended(state_)) loop_.RunOnce();
  }

  EventLoop loop_;
  Scratch scratch_;
  filters::Connection connection_;
  FilterChain chain_{{}};
  Socket client_;
  Socket server_;
  std::unique_ptr<PlainTransport> downstream_;
  std::unique_ptr<PlainTransport> upstream_;
  Side downstream_side_{*this, true};
  Side upstream_side_{*this, false};
  std::optional<Relay> relay_;
  Relay::State state_ = Relay::State::kOpen;
};

std::string RandomBytes(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_F(RelayTest, CarriesBothWaysAtOnceThroughTinyBuffersByteExactly) {
  Open(/*buffer_bytes=*/4096, /*piece_bytes=*/4096);
  const std::string request = RandomBytes(700'000, 1);
  const std::string response = RandomBytes(900'000, 2);
  std::string request_left = request;
  std::string response_left = response;
  std::string request_got;
  std::string response_got;
  size_t most_held = 0;
  while (request_got.size() < request.size() || response_got.size() < response.size()) {
    Turn(&request_left, client_, server_, &request_got);
    Turn(&response_left, server_, client_, &response_got);
    most_held = std::max({most_held, downstream_->held_bytes(), upstream_->held_bytes()});
    loop_.Post([] {});  // RunOnce must not wait when the sockets have nothing to say
    loop_.RunOnce();
    ASSERT_FALSE(Ended(state_));
  }
  EXPECT_EQ(request_got, request);
  EXPECT_EQ(response_got, response);
  EXPECT_LE(most_held, 4096U);
  EXPECT_EQ(connection_.record.bytes_sent, request.size());
  EXPECT_EQ(connection_.record.bytes_received, response.size());
}

TEST_F(RelayTest, HalfCloseLetsTheOtherDirectionFinish) {
  Open();
  tests::SendAll(client_, "question");
  shutdown(client_.fd(), SHUT_WR);
  while (state_ != Relay::State::kHalfClosed) loop_.RunOnce();
  bool ended = false;
  EXPECT_EQ(tests::ReadAvailable(server_, &ended), "question");
  EXPECT_TRUE(ended);
  tests::SendAll(server_, "answer");
  server_.Reset();
  RunUntilEnded();
  EXPECT_EQ(state_, Relay::State::kDone);
  EXPECT_FALSE(relay_->upstream_ended_first());
  EXPECT_EQ(tests::ReadAvailable(client_, &ended), "answer");
  EXPECT_TRUE(ended);
}

TEST_F(RelayTest, SaysWhichSideEndedFirst) {
  Open();
  server_.Reset();
  while (state_ == Relay::State::kOpen) loop_.RunOnce();
  client_.Reset();
  RunUntilEnded();
  EXPECT_EQ(state_, Relay::State::kDone);
  EXPECT_TRUE(relay_->upstream_ended_first());
}

TEST_F(RelayTest, ResetIsBlamedOnTheSideThatSentIt) {
  Open();
  ResetOnClose(server_.fd());
  server_.Reset();
  RunUntilEnded();
  EXPECT_EQ(state_, Relay::State::kUpstreamBroke);
}

TEST_F(RelayTest, ResetOfASenderThatIsPausedIsNoticed) {
  Open(/*buffer_bytes=*/4096, /*piece_bytes=*/8192);
  const std::string flood(8 << 20, 'x');
  while (!upstream_->write_blocked()) {
    send(client_.fd(), flood.data(), flood.size(), MSG_NOSIGNAL);
    loop_.Post([] {});
    loop_.RunOnce();
  }
  ResetOnClose(client_.fd());
  client_.Reset();
  RunUntilEnded();
  EXPECT_EQ(state_, Relay::State::kDownstreamBroke);
}

TEST_F(RelayTest, ReceiverThatNeverReadsStopsTheSenderAtOnePiece) {
  Open(/*buffer_bytes=*/4096, /*piece_bytes=*/8192);
  std::string flood(8 << 20, 'x');
  const size_t all = flood.size();
  for (int turn = 0; turn < 2'000; ++turn) {
    const ssize_t put = send(client_.fd(), flood.data(), flood.size(), MSG_NOSIGNAL);
    if (put > 0) flood.erase(0, static_cast<size_t>(put));
    loop_.Post([] {});
    loop_.RunOnce();
  }
  EXPECT_LE(upstream_->held_bytes(), 8192U);
  EXPECT_LT(all - flood.size(), 2U << 20);
  EXPECT_EQ(state_, Relay::State::kOpen);
}

// Whatever was said to make it do so.
TEST_F(RelayTest, A_03_AnAnswerOfHttpEndsWhatWasNotToBeARequest) {
  Open(0, 65'536, /*refuse_requests=*/true);
  std::string question = "anything";
  std::string answer = "HTTP/1.0 200 OK\r\n\r\nsecret";
  std::string heard;
  std::string told;
  while (!Ended(state_)) {
    Turn(&question, client_, server_, &heard);
    if (!heard.empty()) Turn(&answer, server_, client_, &told);
    loop_.Post([] {});
    loop_.RunOnce();
  }
  EXPECT_EQ(state_, Relay::State::kRefused);
  EXPECT_EQ(*connection_.record.detail, "request_in_byte_stream");
  EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace firebreak::proxy
