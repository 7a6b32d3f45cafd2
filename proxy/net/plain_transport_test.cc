#include "proxy/net/plain_transport.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/support/socket_pair.h"

namespace firebreak::proxy {
namespace {

using firebreak::tests::MakeSocketPair;
using firebreak::tests::ReadAvailable;
using firebreak::tests::SendAll;
using firebreak::tests::SocketPair;

void WaitReadable(int fd) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&wait, 1, 5000), 1);
}

class PlainTransportTest : public testing::Test {
 protected:
  Scratch scratch_;
};

TEST_F(PlainTransportTest, ShortReadSparesTheCallThatWouldFindNothing) {
  SocketPair pair = MakeSocketPair();
  PlainTransport transport(std::move(pair.near), scratch_);
  SendAll(pair.far, "hello");
  WaitReadable(transport.fd());
  ReadResult got = transport.Read(scratch_.plain());
  EXPECT_EQ(got.bytes, 5U);
  EXPECT_EQ(got.state, IoState::kOk);
  SendAll(pair.far, "more");
  WaitReadable(transport.fd());
  // Without a new event the transport takes the socket for empty.
  EXPECT_EQ(transport.Read(scratch_.plain()).state, IoState::kBlocked);
  transport.Note({.readable = true});
  EXPECT_EQ(transport.Read(scratch_.plain()).bytes, 4U);
}

TEST_F(PlainTransportTest, EndAnnouncedWithTheDataIsFoundWithoutAnotherEvent) {
  SocketPair pair = MakeSocketPair();
  PlainTransport transport(std::move(pair.near), scratch_);
  SendAll(pair.far, "bye");
  pair.far.Reset();
  WaitReadable(transport.fd());
  transport.Note({.readable = true, .writable = false, .hangup = true});
  EXPECT_EQ(transport.Read(scratch_.plain()).bytes, 3U);
  EXPECT_EQ(transport.Read(scratch_.plain()).state, IoState::kEof);
}

TEST_F(PlainTransportTest, HoldsWhatTheSocketDoesNotTakeAndFinishesAfterIt) {
  SocketPair pair = MakeSocketPair(/*buffer_bytes=*/4096);
  PlainTransport transport(std::move(pair.near), scratch_);
  const std::string sent(4 << 20, 'x');
  EXPECT_EQ(transport.Write(sent), IoState::kBlocked);
  EXPECT_GT(transport.held_bytes(), 0U);
  EXPECT_EQ(transport.Finish(), IoState::kBlocked);
  std::string received;
  bool ended = false;
  while (!ended && received.size() <= sent.size()) {
    received += ReadAvailable(pair.far, &ended);
    transport.Flush();
  }
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(transport.finished());
  EXPECT_EQ(scratch_.slabs().in_use(), 0U);
}

TEST_F(PlainTransportTest, ResetIsToldApartFromAnEnd) {
  SocketPair pair = MakeSocketPair();
  PlainTransport transport(std::move(pair.near), scratch_);
  ResetOnClose(pair.far.fd());
  pair.far.Reset();
  WaitReadable(transport.fd());
  EXPECT_EQ(transport.Read(scratch_.plain()).state, IoState::kReset);
  EXPECT_EQ(transport.Write("x"), IoState::kReset);
}

}  // namespace
}  // namespace firebreak::proxy
