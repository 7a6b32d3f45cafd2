#include "flows/datagram_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

// Receiver is a socket on a free port of one address of loopback.
class Receiver {
 public:
  explicit Receiver(const std::string& ip) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    address_ = SocketAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&address));
  }
  ~Receiver() { Close(); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  const SocketAddress& address() const { return address_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  // Next returns a datagram that has come; empty when there is none.
  std::string Next() const {
    std::array<char, 64> bytes{};
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return std::string(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
  }

 private:
  int fd_;
  SocketAddress address_;
};

TEST(DatagramSocket, GoesOnToTheNextAddressWhereNobodyTakesThem) {
  Receiver gone("127.0.0.1");
  const Receiver there("127.0.0.2");
  const std::vector<SocketAddress> addresses = {gone.address(), there.address()};
  gone.Close();
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("lost").ok()) << "the first one is what tells";
  EXPECT_FALSE(socket.Send("again").ok());
  ASSERT_FALSE(socket.is_open());
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("again").ok());
  EXPECT_EQ(there.Next(), "again");
}

TEST(DatagramSocket, TakesAnAddressThatCanBeHadAtOnce) {
  const Receiver there("127.0.0.1");
  // The kernel gives no socket a way to a broadcast address unless it is asked for one.
  const std::vector<SocketAddress> addresses = {*SocketAddress::Parse("255.255.255.255:9"),
                                                there.address()};
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open(addresses).ok());
  EXPECT_TRUE(socket.Send("x").ok());
  EXPECT_EQ(there.Next(), "x");
  EXPECT_FALSE(DatagramSocket().Open({addresses[0]}).ok());
}

TEST(DatagramSocket, ADatagramThatIsTooLongEndsNothing) {
  const Receiver there("127.0.0.1");
  DatagramSocket socket;
  ASSERT_TRUE(socket.Open({there.address()}).ok());
  EXPECT_TRUE(absl::IsOutOfRange(socket.Send(std::string(70'000, 'x'))));
  EXPECT_TRUE(socket.Send("x").ok());
  EXPECT_EQ(there.Next(), "x");
}

}  // namespace
}  // namespace firebreak::flows
