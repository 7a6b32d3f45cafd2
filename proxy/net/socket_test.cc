#include "proxy/net/socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/support/temp_folder.h"

namespace firebreak::proxy {
namespace {

int WaitForConnect(const Socket& socket) {
  pollfd wait{.fd = socket.fd(), .events = POLLOUT, .revents = 0};
  EXPECT_EQ(poll(&wait, 1, 5000), 1);
  return ConnectError(socket.fd());
}

class SocketTest : public testing::TestWithParam<const char*> {};

TEST_P(SocketTest, ListensConnectsAndKnowsBothEnds) {
  auto listener = Listen(*SocketAddress::Parse(GetParam()));
  ASSERT_TRUE(listener.ok()) << listener.status();
  const SocketAddress address = LocalAddress(listener->fd());
  EXPECT_NE(address.port(), 0);
  auto client = Connect(address);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(WaitForConnect(*client), 0);
  EXPECT_EQ(PeerAddress(client->fd()), address);
  EXPECT_EQ(OriginalDestination(client->fd()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Families, SocketTest, testing::Values("127.0.0.1:0", "[::1]:0"));

TEST(SocketErrorTest, RefusedConnectIsReportedWithItsReason) {
  SocketAddress closed;
  {
    auto listener = Listen(*SocketAddress::Parse("127.0.0.1:0"));
    ASSERT_TRUE(listener.ok());
    closed = LocalAddress(listener->fd());
  }
  auto client = Connect(closed);
  if (client.ok()) {
    EXPECT_EQ(WaitForConnect(*client), ECONNREFUSED);
  }
}

TEST(SocketErrorTest, ListenErrorNamesTheAddress) {
  auto listener = Listen(*SocketAddress::Parse("192.0.2.1:80"));
  ASSERT_FALSE(listener.ok());
  EXPECT_NE(listener.status().message().find("192.0.2.1:80"), absl::string_view::npos);
}

TEST(SocketErrorTest, AddressThatAnotherListenerSharesIsNotFree) {
  auto listener = Listen(*SocketAddress::Parse("127.0.0.1:0"));
  ASSERT_TRUE(listener.ok());
  const SocketAddress address = LocalAddress(listener->fd());
  EXPECT_FALSE(CheckFree(address).ok());
  EXPECT_TRUE(Listen(address).ok());
  listener->Reset();
  EXPECT_TRUE(CheckFree(address).ok());
}

TEST(UnixSocketTest, IsForThisUserAloneAndReplacesOnlyASocket) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("listener.sock");
  for (int round = 0; round < 2; ++round) {
    auto listener = ListenUnix(path);
    ASSERT_TRUE(listener.ok()) << listener.status();
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
  }
  unlink(path.c_str());
  folder.Write("listener.sock", "precious");
  EXPECT_FALSE(ListenUnix(path).ok());
  EXPECT_FALSE(ListenUnix(std::string(200, 'x')).ok());
}

TEST(SocketErrorTest, MovedFromOwnsNothing) {
  auto listener = Listen(*SocketAddress::Parse("127.0.0.1:0"));
  ASSERT_TRUE(listener.ok());
  Socket first = *std::move(listener);
  const Socket second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): what is promised after a move
  EXPECT_TRUE(second.valid());
}

}  // namespace
}  // namespace firebreak::proxy
