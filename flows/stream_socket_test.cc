#include "flows/stream_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/simulated_clock.h"
#include "flows/dial.h"
#include "tests/support/bound_socket.h"

namespace firebreak::flows {
namespace {

// Accepted is both ends of a connection over loopback.
class StreamSocketTest : public testing::Test {
 protected:
  StreamSocketTest() {
    const tests::BoundSocket listener;
    EXPECT_TRUE(socket_.Connect("127.0.0.1", listener.port(), In(absl::Seconds(5))).ok());
    peer_ = listener.Accept(SOCK_NONBLOCK);
  }
  ~StreamSocketTest() override { close(peer_); }

  MonoTime In(absl::Duration wait) const {
    return clock_.MonoNow() + absl::ToChronoNanoseconds(wait);
  }
  void Say(absl::string_view text) {
    EXPECT_EQ(send(peer_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  SimulatedClock clock_;
  StreamSocket socket_{clock_};
  int peer_ = -1;
};

TEST_F(StreamSocketTest, APeerThatAlwaysHasAByteMoreDoesNotMoveTheDeadline) {
  const MonoTime deadline = In(absl::Seconds(3));
  for (int i = 0; i < 3; ++i) {
    Say("x");
    const auto got = socket_.Read(1, deadline);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(*got, "x");
    clock_.Advance(absl::Seconds(1));
  }
  Say("x");
  EXPECT_TRUE(absl::IsDeadlineExceeded(socket_.Read(1, deadline).status()));
  EXPECT_FALSE(socket_.is_open());
}

TEST_F(StreamSocketTest, NothingIsWrittenAfterTheDeadline) {
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(absl::IsDeadlineExceeded(socket_.Write("late", clock_.MonoNow())));
  std::array<char, 8> bytes{};
  EXPECT_EQ(recv(peer_, bytes.data(), bytes.size(), 0), 0) << "the end, and nothing before it";
}

TEST_F(StreamSocketTest, ReadsTheEndOfThePeerAsAnEmptyText) {
  shutdown(peer_, SHUT_WR);
  const auto got = socket_.Read(10, In(absl::Seconds(5)));
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(*got, "");
}

// A queue that is full answers no more, as a machine that is down.
TEST(DialAny, AnAddressThatDoesNotAnswerLeavesTimeForTheNext) {
  const Clock& clock = Clock::Real();
  const tests::BoundSocket dead;
  ASSERT_EQ(listen(dead.fd(), 0), 0);
  const tests::BoundSocket alive;
  std::vector<int> waiting;
  absl::StatusOr<int> fd = 0;
  for (int i = 0; i < 10 && fd.ok(); ++i) {
    const SocketAddress only[] = {dead.address()};
    fd = DialAny(only, clock, clock.MonoNow() + std::chrono::milliseconds(100));
    if (fd.ok()) waiting.push_back(*fd);
  }
  ASSERT_FALSE(fd.ok());
  const SocketAddress both[] = {dead.address(), alive.address()};
  fd = DialAny(both, clock, clock.MonoNow() + std::chrono::milliseconds(500));
  EXPECT_TRUE(fd.ok()) << fd.status();
  if (fd.ok()) waiting.push_back(*fd);
  for (const int one : waiting) close(one);
}

}  // namespace
}  // namespace firebreak::flows
