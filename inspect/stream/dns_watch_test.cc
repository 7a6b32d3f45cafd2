#include "inspect/stream/dns_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "inspect/stream/dns_framing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const IpAddress kClient = *IpAddress::Parse("10.0.0.1");
constexpr int64_t kSecond = 1'000'000;

std::vector<std::string> Observe(DnsWatch& watch, const DnsQuestion& question, int64_t micros) {
  std::vector<std::string> ids;
  for (const Risk& risk : watch.Observe(kClient, question, micros))
    ids.emplace_back(InfoOf(risk.kind).id);
  return ids;
}

std::string RandomLabel(std::mt19937& random, size_t size) {
  std::string label;
  for (size_t i = 0; i < size; ++i)
    label.push_back("abcdefghijklmnopqrstuvwxyz234567"[random() % 32]);
  return label;
}

TEST(RegisteredDomain, IsTwoLabelsOrThreeBelowACountrysCo) {
  EXPECT_EQ(RegisteredDomain("a.b.example.com"), "example.com");
  EXPECT_EQ(RegisteredDomain("a.example.co.uk"), "example.co.uk");
  EXPECT_EQ(RegisteredDomain("example.com"), "example.com");
  EXPECT_EQ(RegisteredDomain("localhost"), "localhost");
  EXPECT_EQ(RegisteredDomain(""), "");
}

TEST(DnsWatch, ManyRandomNamesBelowADomainAreToldOnce) {
  DnsWatch watch;
  std::mt19937 random(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    const DnsQuestion question{.type = 1, .name = RandomLabel(random, 30) + ".evil.example"};
    for (const std::string& id : Observe(watch, question, i * kSecond / 2)) ids.push_back(id);
  }
  EXPECT_THAT(ids, ElementsAre("FBI-DNS-001"));
}

TEST(DnsWatch, ManyPlainNamesAreNoTunnel) {
  DnsWatch watch;
  for (int i = 0; i < 300; ++i) {
    const DnsQuestion question{.type = 1,
                               .name = absl::StrCat("shard", i % 200, ".db.example.com")};
    EXPECT_THAT(Observe(watch, question, i * kSecond / 2), IsEmpty());
  }
}

TEST(DnsWatch, LongNamesThatDoNotExist) {
  DnsWatch watch;
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) {
    const std::string name =
        absl::StrCat(std::string(60, 'a'), i % 5, ".", std::string(40, 'b'), ".evil.example");
    for (const auto& id : Observe(watch, {.type = 1, .name = name}, i * kSecond)) ids.push_back(id);
    for (const auto& id :
         Observe(watch, {.response = true, .code = kDnsNoSuchName, .type = 1, .name = name},
                 i * kSecond)) {
      ids.push_back(id);
    }
  }
  EXPECT_THAT(ids, ElementsAre("FBI-DNS-002"));
}

TEST(DnsWatch, TextRecordsByTheirRateAMinute) {
  DnsWatch fast;
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    for (const auto& id : Observe(fast, {.type = kDnsTxt, .name = "t.evil.example"}, i * kSecond))
      ids.push_back(id);
  }
  EXPECT_THAT(ids, ElementsAre("FBI-DNS-003"));
  DnsWatch slow;
  for (int64_t i = 0; i < 30; ++i) {
    const int64_t seconds = i * 9;
    EXPECT_THAT(Observe(slow, {.type = kDnsTxt, .name = "t.mail.example"}, seconds * kSecond),
                IsEmpty());
  }
}

TEST(DnsWatch, KnowsABoundedNumberOfPairs) {
  DnsWatch watch;
  for (size_t i = 0; i < DnsWatch::kMaxKeys + 200; ++i) {
    Observe(watch, {.type = 1, .name = absl::StrCat("d", i, ".example")}, static_cast<int64_t>(i));
  }
  EXPECT_EQ(watch.size(), DnsWatch::kMaxKeys);
}

TEST(DnsFraming, CutsMessagesWhereverThePiecesEnd) {
  const std::string stream = std::string("\0\x03", 2) + "abc" + std::string("\0\0", 2) +
                             std::string("\x01\x90", 2) + std::string(400, 'x') +
                             std::string("\0\x01", 2) + "z";
  for (const size_t piece : {size_t{1}, size_t{5}, stream.size()}) {
    DnsFraming framing;
    std::vector<std::string> messages;
    for (size_t at = 0; at < stream.size(); at += piece) {
      framing.Feed(absl::string_view(stream).substr(at, piece),
                   [&](absl::string_view message) { messages.emplace_back(message); });
    }
    EXPECT_THAT(messages, ElementsAre("abc", std::string(DnsFraming::kKept, 'x'), "z")) << piece;
  }
}

}  // namespace
}  // namespace firebreak::inspect
