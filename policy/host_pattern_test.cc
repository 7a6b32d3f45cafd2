#include "policy/host_pattern.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

bool Matches(absl::string_view pattern, absl::string_view authority,
             absl::string_view scheme = "https") {
  const absl::StatusOr<HostPattern> parsed = HostPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(HostPort::Of(scheme, authority));
}

TEST(HostPattern, A_01_CaseDoesNotCount) {
  EXPECT_TRUE(Matches("API.Shop.Example", "api.shop.example"));
  EXPECT_TRUE(Matches("*.SHOP.example", "api.shop.example"));
}

TEST(HostPattern, A_01_WithoutAPortEveryPortMatches) {
  for (const char* authority : {"api.example", "api.example:8443", "api.example:1"}) {
    EXPECT_TRUE(Matches("api.example", authority)) << authority;
    EXPECT_TRUE(Matches("api.example:*", authority)) << authority;
    EXPECT_TRUE(Matches("*.example", authority)) << authority;
    EXPECT_TRUE(Matches("api.*", authority)) << authority;
    EXPECT_TRUE(Matches("*", authority)) << authority;
  }
}

TEST(HostPattern, A_01_PortIsComparedAlsoWhereTheDefaultIsLeftOut) {
  EXPECT_TRUE(Matches("api.example:443", "api.example", "https"));
  EXPECT_FALSE(Matches("api.example:443", "api.example", "http"));
  EXPECT_TRUE(Matches("api.example:80", "api.example", "http"));
  EXPECT_TRUE(Matches("*.example:8443", "api.example:8443"));
  EXPECT_FALSE(Matches("*.example:8443", "api.example:8444"));
  EXPECT_TRUE(Matches("*:8443", "api.example:8443"));
  EXPECT_FALSE(Matches("*:8443", "api.example"));
}

TEST(HostPattern, A_01_TrailingDotIsNoOtherHost) {
  EXPECT_TRUE(Matches("api.example.", "api.example"));
  EXPECT_TRUE(Matches("*.example.", "api.example"));
}

TEST(HostPattern, ExactMatchesOnlyItself) {
  for (const char* authority : {"apixexample", "x.api.example", "api.example.evil", "api.exampl"}) {
    EXPECT_FALSE(Matches("api.example", authority)) << authority;
  }
  EXPECT_FALSE(Matches("*.example", "example"));
  EXPECT_FALSE(Matches("*.example", "xexample"));
}

TEST(HostPattern, TakesAddresses) {
  EXPECT_TRUE(Matches("10.0.0.1", "10.0.0.1:8080"));
  EXPECT_TRUE(Matches("[FD00::1]", "[fd00::1]:8080"));
  EXPECT_TRUE(Matches("[fd00::1]:8080", "[fd00::1]:8080"));
  EXPECT_FALSE(Matches("[fd00::1]:8080", "[fd00::1]:8081"));
}

TEST(HostPattern, NoHostMatchesNothing) {
  EXPECT_FALSE(Matches("*", ""));
  EXPECT_FALSE(Matches("*:443", ""));
}

TEST(HostPattern, RefusesAnythingElse) {
  for (const char* text : {"", "https://api.example", "api.example/", "a b", "a*b", "*a*", "**",
                           "api.example:", "api.example:0", "api.example:99999", "api.example:http",
                           "user@api.example", "a..b", ".example", "api.*.example", "b\xc3\xbc"}) {
    EXPECT_FALSE(HostPattern::Parse(text).ok()) << text;
  }
  EXPECT_THAT(HostPattern::Parse("https://a").status().message(), HasSubstr("neither scheme"));
}

}  // namespace
}  // namespace firebreak::policy
