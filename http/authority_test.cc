#include "http/authority.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"

namespace firebreak::http {
namespace {

// The canonical form, or "!" and the code of the fault.
std::string Normalised(absl::string_view authority, absl::string_view scheme = "http") {
  std::string text(authority);
  const Fault fault = NormaliseAuthority(scheme, text);
  if (fault == Fault::kNone) return text;
  EXPECT_EQ(text, authority) << "changed on a fault";
  return absl::StrCat("!", RejectionOf(fault).code);
}

TEST(Authority, A_01_IsLowerCaseWithoutDefaultPortAndTrailingDot) {
  EXPECT_EQ(Normalised("EXAMPLE.com"), "example.com");
  EXPECT_EQ(Normalised("example.com:80"), "example.com");
  EXPECT_EQ(Normalised("example.com:443"), "example.com:443");
  EXPECT_EQ(Normalised("Example.com:443", "https"), "example.com");
  EXPECT_EQ(Normalised("example.com:80", "https"), "example.com:80");
  EXPECT_EQ(Normalised("example.com."), "example.com");
  EXPECT_EQ(Normalised("EXAMPLE.com.:80"), "example.com");
  EXPECT_EQ(Normalised("Example.com.:8080"), "example.com:8080");
  EXPECT_EQ(Normalised("my_service-1:65535"), "my_service-1:65535");
}

TEST(Authority, A_01_AddressesHaveOneForm) {
  EXPECT_EQ(Normalised("10.0.0.1:8080"), "10.0.0.1:8080");
  EXPECT_EQ(Normalised("10.0.0.1."), "10.0.0.1");
  EXPECT_EQ(Normalised("[::1]"), "[::1]");
  EXPECT_EQ(Normalised("[0:0::0001]:80"), "[::1]");
  EXPECT_EQ(Normalised("[FD00::A]:81"), "[fd00::a]:81");
  EXPECT_EQ(Normalised("[::ffff:10.0.0.1]:81"), "10.0.0.1:81");
}

TEST(Authority, NumbersThatAResolverTakesForAnAddressAreRefused) {
  for (const char* host : {"127.1", "2130706433", "0x7f000001", "0X7F.1", "017700000001",
                           "127.0.0.01", "1.2.3.4.5", "256.0.0.1", "a.1", "a.0x1f", "10.0.0.0x"}) {
    EXPECT_EQ(Normalised(host), "!authority_host") << host;
  }
  EXPECT_EQ(Normalised("1a.2b"), "1a.2b");
  EXPECT_EQ(Normalised("1.example"), "1.example");
}

TEST(Authority, H1_08_RefusesWhatIsNoHost) {
  for (const char* host : {"",          ".",           ":80",          "..",         "a..b",
                           ".a",        "a..",         "a/b",          "/",          "a b",
                           " a",        "a,b",         "a, b",         "a?b",        "a#b",
                           "a\\b",      "a%2eb",       "a\tb",         "a\r\nb",     "*",
                           "a*b",       "caf\xc3\xa9", "\x7f",         "a;b",        "[",
                           "]",         "[]",          "[]:80",        "[::1",       "::1",
                           "[::1]x",    "[::1]x:80",   "[::1%25eth0]", "[::1%eth0]", "[v1.x]",
                           "[10.0.0.1", "[g::]",       "a[b]",         "[::1]."}) {
    const std::string normalised = Normalised(host);
    EXPECT_TRUE(normalised == "!authority_host" || normalised == "!authority_port")
        << host << " gave " << normalised;
  }
  EXPECT_EQ(Normalised(absl::string_view("a\0b", 3)), "!authority_host");
}

TEST(Authority, H1_08_RefusesUserInformation) {
  for (const char* host :
       {"user@a.example", "user:secret@a.example", "@a.example", "a@", "a.example:80@b.example"}) {
    EXPECT_EQ(Normalised(host), "!authority_userinfo") << host;
  }
}

TEST(Authority, H1_08_RefusesBadPorts) {
  for (const char* port : {":", ":0", ":00080", ":080", ":65536", ":99999", ":100000", ":+80",
                           ":-1", ": 80", ":80 ", ":0x50", ":8o", ":80:80", ":4294967376"}) {
    EXPECT_EQ(Normalised(absl::StrCat("a.example", port)), "!authority_port") << port;
    EXPECT_EQ(Normalised(absl::StrCat("[::1]", port)), "!authority_port") << port;
  }
}

TEST(Authority, H1_08_RefusesHostsOfMoreThan255Bytes) {
  const std::string longest = absl::StrCat(std::string(127, 'a'), ".", std::string(127, 'b'));
  EXPECT_EQ(Normalised(absl::StrCat(longest, ":81")), absl::StrCat(longest, ":81"));
  EXPECT_EQ(Normalised(absl::StrCat(longest, "b")), "!authority_host");
  EXPECT_EQ(Normalised(std::string(100'000, 'a')), "!authority_host");
  EXPECT_EQ(Normalised(absl::StrCat("[", std::string(100'000, ':'), "]")), "!authority_host");
}

TEST(Authority, NormalisingTwiceIsNormalisingOnce) {
  for (const char* text : {"EXAMPLE.com.:80", "[0::1]:443", "[::ffff:1.2.3.4]", "A_b:9"}) {
    const std::string once = Normalised(text);
    EXPECT_EQ(Normalised(once), once);
  }
}

}  // namespace
}  // namespace firebreak::http
