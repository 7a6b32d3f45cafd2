#include "proxy/tcp/protocol_sniffer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firebreak::proxy {
namespace {

struct Case {
  absl::string_view bytes;
  Sniffed expected;
};

TEST(ProtocolSniffer, KnowsHttpByItsFirstWords) {
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n", Sniffed::kHttp1},
      {"GET ", Sniffed::kHttp1},
      {"PROPFIND /dav HTTP/1.1\r\n", Sniffed::kHttp1},
      {"get / HTTP/1.1\r\n", Sniffed::kHttp1},
      // Refused by the codec, and not by a server that reads more into it.
      {"GET /\r\n", Sniffed::kHttp1},
      {"\r\nGET /\r\n", Sniffed::kHttp1},
      {"\n\n \tGET /\r\n", Sniffed::kHttp1},
      {"GET key\r\n", Sniffed::kHttp1},  // Redis, on one line: a doubt
      {"MKCOL /", Sniffed::kHttp1},
      {"CONNECT a:443\r\n", Sniffed::kHttp1},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Sniffed::kHttp2},
      {"PRI * HTTP/2.0\r\n\r\nXX", Sniffed::kHttp1},  // and refused as such
  };
  for (const Case& c : cases) EXPECT_EQ(Sniff(c.bytes), c.expected) << c.bytes;
}

TEST(ProtocolSniffer, TakesOtherProtocolsForBytes) {
  const std::vector<Case> cases = {
      {"EHLO mail.example\r\n", Sniffed::kOther},
      {"USER anonymous\r\n", Sniffed::kOther},
      {"PING\r\n", Sniffed::kOther},
      {"*1\r\n$4\r\nPING\r\n", Sniffed::kOther},
      {absl::string_view("\x16\x03\x01", 3), Sniffed::kOther},
      {absl::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8), Sniffed::kOther},
      {"SSH-2.0-OpenSSH_9.2\r\n", Sniffed::kOther},
      {"{\"jsonrpc\":", Sniffed::kOther},  // may never end its line
  };
  for (const Case& c : cases) EXPECT_EQ(Sniff(c.bytes), c.expected) << c.bytes;
}

TEST(ProtocolSniffer, WaitsForWhatMayStillBecomeHttp) {
  const std::string line = "\r\nPROPFIND a" + std::string(100, 'a') + " HTTP/";
  for (size_t cut = 0; cut < line.size(); ++cut) {
    EXPECT_EQ(Sniff(absl::string_view(line).substr(0, cut)), Sniffed::kNeedMore) << cut;
  }
  EXPECT_EQ(Sniff(line), Sniffed::kHttp1);
  EXPECT_EQ(Sniff("MOVE " + std::string(kMaxSniffBytes, 'a')), Sniffed::kOther);
}

}  // namespace
}  // namespace firebreak::proxy
