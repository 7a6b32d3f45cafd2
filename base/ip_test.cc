#include "base/ip.h"

#include <gtest/gtest.h>

namespace firebreak {
namespace {

TEST(IpAddressTest, MappedAndPlainIpv4AreOneAddress) {
  EXPECT_EQ(*IpAddress::Parse("::ffff:10.0.0.1"), *IpAddress::Parse("10.0.0.1"));
  EXPECT_EQ(IpAddress::Parse("::ffff:10.0.0.1")->ToString(), "10.0.0.1");
}

TEST(IpAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"", "10.0.0", "10.0.0.256", "010.0.0.1", "::1%lo", "[::1]", "localhost"}) {
    EXPECT_FALSE(IpAddress::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(absl::string_view("1.2.3.4\0x", 9)).ok());
}

TEST(CidrBlockTest, ContainsByPrefix) {
  const CidrBlock ten = *CidrBlock::Parse("10.0.0.0/8");
  EXPECT_TRUE(ten.Contains(*IpAddress::Parse("10.255.0.1")));
  EXPECT_FALSE(ten.Contains(*IpAddress::Parse("11.0.0.1")));
  EXPECT_FALSE(ten.Contains(*IpAddress::Parse("a00::1")));
  const CidrBlock odd = *CidrBlock::Parse("fd00::/9");
  EXPECT_TRUE(odd.Contains(*IpAddress::Parse("fd7f::1")));
  EXPECT_FALSE(odd.Contains(*IpAddress::Parse("fd80::1")));
}

TEST(CidrBlockTest, HoldsAddressesOfItsOwnFamilyAlone) {
  const IpAddress four = *IpAddress::Parse("10.0.0.1");
  const IpAddress six = *IpAddress::Parse("2001:db8::1");
  EXPECT_TRUE(CidrBlock::Parse("0.0.0.0/0")->Contains(four));
  EXPECT_FALSE(CidrBlock::Parse("0.0.0.0/0")->Contains(six));
  for (const char* text : {"::/0", "::/64", "::/95"}) {
    EXPECT_FALSE(CidrBlock::Parse(text)->Contains(four)) << text;
  }
  EXPECT_TRUE(CidrBlock::Parse("::/0")->Contains(six));
}

TEST(CidrBlockTest, RefusesBitsBehindPrefixAndBadPrefix) {
  for (const char* text :
       {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(CidrBlock::Parse(text).ok()) << text;
  }
}

TEST(SocketAddressTest, RoundTrips) {
  for (const char* text : {"10.0.0.2:15006", "[fd00::1]:80", "0.0.0.0:0"}) {
    const auto parsed = SocketAddress::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->ToString(), text);
    sockaddr_storage storage;
    parsed->ToSockaddr(&storage);
    EXPECT_EQ(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage)), *parsed);
  }
}

TEST(SocketAddressTest, RefusesNamesAndOddPorts) {
  for (const char* text : {"localhost:80", "::1:80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536",
                           "1.2.3.4:+1", "[1.2.3.4]:80", ":80"}) {
    EXPECT_FALSE(SocketAddress::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace firebreak
