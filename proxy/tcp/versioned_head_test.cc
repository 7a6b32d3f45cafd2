#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "proxy/tcp/protocol_sniffer.h"
#include "proxy/tcp/request_line.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kFields =
    "Host: a\r\nX-Firebreak-Principal: shop.example/ns/shop/sa/admin\r\n";

// Where in `bytes` a request is known, if they come in pieces of so many; 0: nowhere.
size_t KnownAt(absl::string_view bytes, size_t piece) {
  RequestLine line;
  for (size_t begin = 0; begin < bytes.size(); begin += piece) {
    switch (line.Read(bytes.substr(begin, piece))) {
      case RequestLine::Reading::kRequest:
        return std::min(begin + piece, bytes.size());
      case RequestLine::Reading::kOther:
        return 0;
      case RequestLine::Reading::kMore:
        break;
    }
  }
  return 0;
}

// Netty's HttpVersion takes each of these, and none of them is known before its end.
TEST(VersionedHead, A_03_KnowsARequestOfAnyVersionBeforeTheEndOfItsFieldsHasPassed) {
  for (const absl::string_view line :
       {absl::string_view("X admin FOO/1.1\r\n"), absl::string_view("GETS admin FOO/1.1\n"),
        absl::string_view("\r\n \x01\x7fX\tadmin\fFOO/12.34 \t\r\n"),
        absl::string_view("(X) \v\radmin a/b/1.0\r\r\n"), absl::string_view("X admin //1.1\r\n"),
        absl::string_view("X admin F\0O/1.1\0\x01\r\n", 19),
        absl::string_view("X \x01 \x02 FOO/1.1\r\n"),
        absl::string_view("X admin F/1.1\x01/2.2\r\n"),
        absl::string_view("X\xa0Y admin \xff/1.1\r\n"), absl::string_view("X admin SIP/2.0\r\n"),
        absl::string_view("X sip:admin SIP/2.1\r\n"),
        absl::string_view("X sip:admin sip/2.0\r\n")}) {
    for (const absl::string_view end : {"\r\n", "\n"}) {
      const std::string bytes = absl::StrCat(line, kFields, end);
      for (size_t piece = 1; piece <= bytes.size(); ++piece) {
        ASSERT_EQ(KnownAt(bytes, piece), bytes.size()) << line << piece;
      }
      const std::string bare = absl::StrCat(line, end);
      EXPECT_EQ(KnownAt(bare, 1), bare.size()) << line;
      EXPECT_EQ(Sniff(bytes), Sniffed::kHttp1) << "and refused as such";
    }
  }
}

TEST(VersionedHead, FieldsMayBeManyAndOdd) {
  const std::string bytes =
      absl::StrCat("X admin FOO/1.1\r\nno field at all\r\n", std::string(60'000, 'a'), "\r\n\r\n");
  EXPECT_EQ(KnownAt(bytes, 1'000), bytes.size());
}

TEST(VersionedHead, WhatHasNoSuchLineOrNoEndIsLeftAlone) {
  for (const absl::string_view bytes :
       {absl::string_view("SET build app/1.2\r\nSET stage app/1.3\r\nPING\r\n"),
        absl::string_view("REGISTER sip:a.example SIP/2.0\r\nVia: SIP/2.0/TCP b\r\n\r\n"),
        absl::string_view("\r\n\r\nINVITE sips:a@b SIP/2.0\r\nVia: SIP/2.0/TLS b\r\n\r\n"),
        absl::string_view("INVITE tel:+49301234 SIP/2.0\r\nVia: x\r\n\r\n"),
        absl::string_view("EHLO a/1.1\r\n\r\n"), absl::string_view("a1 LOGIN me app/1.1\r\n\r\n"),
        absl::string_view("X admin FOO/1.1.1\r\n\r\n"), absl::string_view("X admin FOO/1\r\n\r\n"),
        absl::string_view("X admin /1.1\r\n\r\n"), absl::string_view("X admin FOO/1.\r\n\r\n"),
        absl::string_view("X admin FOO/.1\r\n\r\n"), absl::string_view("X admin FOO 1/1.1\r\n\r\n"),
        absl::string_view("X admin FOO/1.1 \x01y\r\n\r\n"),
        // TLS, as its hello might have it: a method has no control characters.
        absl::string_view("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 a \x08http/1.1\0\n\n\n", 27),
        absl::string_view("CAP LS 302\r\nNICK a\r\n\r\n"),
        absl::string_view("X FOO/1.1\r\n\r\n")}) {
    for (size_t piece = 1; piece <= bytes.size(); ++piece) {
      ASSERT_EQ(KnownAt(bytes, piece), 0U) << bytes;
    }
  }
  const std::string long_head =
      absl::StrCat("X admin FOO/1.1\r\n", std::string(65'536, 'a'), "\n\n");
  EXPECT_EQ(KnownAt(long_head, 4'096), 0U);
}

TEST(VersionedHead, ALineThatHasEndedIsNotWaitedFor) {
  EXPECT_EQ(Sniff("SET build app/1.2\r\n"), Sniffed::kOther);
  EXPECT_EQ(Sniff("SET build app/1.2"), Sniffed::kNeedMore);
  EXPECT_EQ(Sniff("PING\n"), Sniffed::kOther);
}

}  // namespace
}  // namespace firebreak::proxy
