#include "policy/remote_address.h"

#include <gtest/gtest.h>

#include "http/header_map.h"

namespace firebreak::policy {
namespace {

using Kind = RemoteAddress::Kind;

// What N trusted hops make of these lines: "direct", "doubt" or an address.
std::string Of(const std::vector<std::string>& lines, int hops) {
  http::HeaderMap headers;
  headers.Add("accept", "1.1.1.1");
  for (const std::string& line : lines) headers.Add("x-forwarded-for", line);
  const RemoteAddress remote = RemoteAddress::Of(headers, hops);
  switch (remote.kind) {
    case Kind::kDirect:
      return "direct";
    case Kind::kNamed:
      return remote.ip.ToString();
    case Kind::kLater:
      return "later";
    case Kind::kDoubt:
      break;
  }
  return "doubt";
}

TEST(RemoteAddress, IsCountedFromTheEndOverAllLines) {
  EXPECT_EQ(Of({"1.2.3.4, 5.6.7.8"}, 1), "5.6.7.8");
  EXPECT_EQ(Of({"1.2.3.4, 5.6.7.8"}, 2), "1.2.3.4");
  EXPECT_EQ(Of({"1.2.3.4,5.6.7.8", "9.9.9.9"}, 1), "9.9.9.9");
  EXPECT_EQ(Of({"1.2.3.4,5.6.7.8", "9.9.9.9"}, 2), "5.6.7.8");
  EXPECT_EQ(Of({"1.2.3.4,5.6.7.8", "9.9.9.9"}, 3), "1.2.3.4");
}

TEST(RemoteAddress, NobodyIsBelievedUnlessTrusted) {
  EXPECT_EQ(Of({"1.2.3.4"}, 0), "direct");
  EXPECT_EQ(Of({"1.2.3.4"}, -1), "direct");
}

TEST(RemoteAddress, ShortListMeansTheDirectPeer) {
  EXPECT_EQ(Of({}, 1), "direct");
  EXPECT_EQ(Of({"1.2.3.4"}, 2), "direct");
}

TEST(RemoteAddress, TakesAddressesInEverySpelling) {
  EXPECT_EQ(Of({"fd00::1"}, 1), "fd00::1");
  EXPECT_EQ(Of({"[fd00::1]"}, 1), "fd00::1");
  EXPECT_EQ(Of({"[fd00::1]:443"}, 1), "fd00::1");
  EXPECT_EQ(Of({"1.2.3.4:443"}, 1), "1.2.3.4");
  EXPECT_EQ(Of({"::ffff:1.2.3.4"}, 1), "1.2.3.4");
}

TEST(RemoteAddress, WhatIsNoAddressIsADoubt) {
  for (const char* text : {"", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.4,", "_hidden", "::", "[]",
                           "0x7f.1", "\"1.2.3.4\"", "for=1.2.3.4"}) {
    EXPECT_EQ(Of({text}, 1), "doubt") << text;
  }
}

}  // namespace
}  // namespace firebreak::policy
