#include "flows/datagram_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "absl/strings/str_cat.h"

#include "tests/support/bound_socket.h"

namespace firebreak::flows {
namespace {

// NextOf returns a datagram that has come; empty when there is none.
std::string NextOf(const tests::BoundSocket& receiver) {
  std::array<char, 64> bytes{};
  const ssize_t count = recv(receiver.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  return std::string(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
}

TEST(DatagramSocket, GoesOnToTheNextAddressWhereNobodyTakesThem) {
  tests::BoundSocket gone(SOCK_DGRAM, "127.0.0.1");
  const tests::BoundSocket there(SOCK_DGRAM, "127.0.0.2");
  const std::vector<SocketAddress> addresses = {gone.address(), there.address()};
  gone.Close();
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("lost").ok()) << "the first one is what tells";
  EXPECT_FALSE(socket.Send("again").ok());
  ASSERT_FALSE(socket.is_open());
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("again").ok());
  EXPECT_EQ(NextOf(there), "again");
}

TEST(DatagramSocket, TakesAnAddressThatCanBeHadAtOnce) {
  const tests::BoundSocket there(SOCK_DGRAM, "127.0.0.1");
  // The kernel gives no socket a way to a broadcast address unless it is asked for one.
  const std::vector<SocketAddress> addresses = {*SocketAddress::Parse("255.255.255.255:9"),
                                                there.address()};
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("x").ok());
  EXPECT_EQ(NextOf(there), "x");
  EXPECT_FALSE(DatagramSocket().Open({addresses[0]}).ok());
}

TEST(DatagramSocket, ADatagramThatIsTooLongEndsNothing) {
  const tests::BoundSocket there(SOCK_DGRAM, "127.0.0.1");
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open({there.address()}).ok());
  EXPECT_TRUE(absl::IsOutOfRange(socket.Send(std::string(70'000, 'x'))));
  EXPECT_TRUE(socket.Send("x").ok());
  EXPECT_EQ(NextOf(there), "x");
}

}  // namespace
}  // namespace firebreak::flows
