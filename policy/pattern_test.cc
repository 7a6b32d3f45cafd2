#include "policy/pattern.h"

#include <string>

#include "certs/spiffe_id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

bool PrincipalMatches(absl::string_view pattern, absl::string_view principal) {
  const absl::StatusOr<StringPattern> parsed = StringPattern::ParsePrincipal(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(principal);
}

TEST(PrincipalPattern, ExactMatchesThatIdentityOnly) {
  EXPECT_TRUE(PrincipalMatches("td/ns/shop/sa/web", "td/ns/shop/sa/web"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/sa/web", "td/ns/shop/sa/web2"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/sa/web", "td/ns/shop/sa/we"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/sa/web", "td/ns/shop/sa/Web"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/sa/web", "xtd/ns/shop/sa/web"));
}

TEST(PrincipalPattern, DotIsADotAndNotAnyCharacter) {
  EXPECT_FALSE(PrincipalMatches("a.example/ns/shop/sa/web", "axexample/ns/shop/sa/web"));
  EXPECT_FALSE(PrincipalMatches("*/sa/w.b", "td/ns/shop/sa/web"));
}

TEST(PrincipalPattern, PrefixEndsAtASegment) {
  EXPECT_TRUE(PrincipalMatches("td/ns/shop/*", "td/ns/shop/sa/web"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/*", "td/ns/shopping/sa/web"));
  EXPECT_FALSE(PrincipalMatches("td/ns/shop/*", "td/ns/shop"));
  EXPECT_TRUE(PrincipalMatches("td/*", "td/anything"));
  EXPECT_FALSE(PrincipalMatches("td/*", "td2/anything"));
  EXPECT_FALSE(PrincipalMatches("td/*", "td"));
}

TEST(PrincipalPattern, SuffixBeginsAtASegment) {
  EXPECT_TRUE(PrincipalMatches("*/sa/web", "td/ns/shop/sa/web"));
  EXPECT_FALSE(PrincipalMatches("*/sa/web", "td/ns/shop/xsa/web"));
  EXPECT_FALSE(PrincipalMatches("*/sa/web", "td/ns/shop/sa/xweb"));
}

TEST(PrincipalPattern, StarMatchesEveryIdentityButNotTheLackOfOne) {
  EXPECT_TRUE(PrincipalMatches("*", "td/x"));
  EXPECT_FALSE(PrincipalMatches("*", ""));
}

TEST(PrincipalPattern, RefusesWildcardsThatCutASegment) {
  for (const char* text : {"td/ns/sh*", "shop.ex*", "*web", "td/ns/*/sa/web", "**", "*/*", "t*/ns",
                           "*.example/ns/shop/sa/web", "td/ns/**"}) {
    const absl::StatusOr<StringPattern> parsed = StringPattern::ParsePrincipal(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.status().message(), HasSubstr("whole segments")) << text;
  }
}

TEST(PrincipalPattern, RefusesWhatNoIdentityCanBe) {
  for (const char* text :
       {"", "spiffe://td/ns/shop/sa/web", "SPIFFE://td/x", "td", "TD/ns/shop", "td//ns", "/td",
        "td/", "td/.", "td/../x", "td/a b", "td/%41", "td/\xc3\xa9", "td:80/x", "*/", "/*"}) {
    EXPECT_FALSE(StringPattern::ParsePrincipal(text).ok()) << text;
  }
  EXPECT_FALSE(StringPattern::ParsePrincipal("td/" + std::string(3000, 'a')).ok());
  EXPECT_FALSE(StringPattern::ParsePrincipal(std::string(256, 'a') + "/x").ok());
  EXPECT_FALSE(StringPattern::ParsePrincipal(absl::string_view("td/a\0b", 6)).ok());
}

TEST(PrincipalPattern, TakesExactlyThePrincipalsASpiffeIdCanHave) {
  for (const char* text : {"td/x", "td/ns/shop/sa/web", "a-b_c.d/E.f-g_H", "td/..x", "td/x.", "td/",
                           "td/.", "td/x//y", "Td/x", "td/x?y", "td/x#y", "td/@", "-/x", "../x"}) {
    EXPECT_EQ(StringPattern::ParsePrincipal(text).ok(), certs::SpiffeId::ParsePrincipal(text).ok())
        << text;
  }
}

TEST(PrincipalPattern, SaysToDropTheScheme) {
  EXPECT_THAT(StringPattern::ParsePrincipal("spiffe://td/x").status().message(),
              HasSubstr("without \"spiffe://\""));
}

TEST(NamespacePattern, TakesIstiosFourForms) {
  EXPECT_TRUE(StringPattern::ParseNamespace("shop")->Matches("shop"));
  EXPECT_FALSE(StringPattern::ParseNamespace("shop")->Matches("shop2"));
  EXPECT_TRUE(StringPattern::ParseNamespace("prod-*")->Matches("prod-eu"));
  EXPECT_FALSE(StringPattern::ParseNamespace("prod-*")->Matches("prod"));
  EXPECT_TRUE(StringPattern::ParseNamespace("*-eu")->Matches("prod-eu"));
  EXPECT_FALSE(StringPattern::ParseNamespace("*-eu")->Matches("prod-us"));
  EXPECT_TRUE(StringPattern::ParseNamespace("*")->Matches("x"));
  EXPECT_FALSE(StringPattern::ParseNamespace("*")->Matches(""));
}

TEST(NamespacePattern, RefusesAnythingElse) {
  for (const char* text : {"", "a/b", "*a*", "a*b", "**", "a b", "sh\xc3\xb6p"}) {
    EXPECT_FALSE(StringPattern::ParseNamespace(text).ok()) << text;
  }
}

TEST(TrustDomainPattern, HasOneWildcardAtAnEndAndNoSlash) {
  EXPECT_TRUE(StringPattern::ParseTrustDomain("*.example")->Matches("shop.example"));
  EXPECT_FALSE(StringPattern::ParseTrustDomain("*.example")->Matches("shopexample"));
  EXPECT_TRUE(StringPattern::ParseTrustDomain("shop.*")->Matches("shop.example"));
  for (const char* text : {"", "a/b", "*.a.*", "a*b", "Shop", "td/*"}) {
    EXPECT_FALSE(StringPattern::ParseTrustDomain(text).ok()) << text;
  }
}

TEST(ServiceAccountPattern, WithoutNamespaceIsOfThePolicysNamespace) {
  const auto own = ServiceAccountPattern::Parse("web", "shop");
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->account_namespace, "shop");
  EXPECT_EQ(own->account, "web");
  const auto other = ServiceAccountPattern::Parse("stock/web", "shop");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->account_namespace, "stock");
}

TEST(ServiceAccountPattern, RefusesWildcardsAndOtherShapes) {
  for (const char* text : {"", "*", "web*", "a/b/c", "/web", "shop/", "a b"}) {
    EXPECT_FALSE(ServiceAccountPattern::Parse(text, "shop").ok()) << text;
  }
}

TEST(Port, IsADecimalNumberFrom1To65535) {
  EXPECT_EQ(*ParsePort("1"), 1);
  EXPECT_EQ(*ParsePort("65535"), 65535);
  for (const char* text : {"", "0", "65536", "080", "+80", "-1", " 80", "80 ", "8080-8090", "*",
                           "http", "1e3", "0x50", "99999999999"}) {
    EXPECT_FALSE(ParsePort(text).ok()) << text;
  }
}

}  // namespace
}  // namespace firebreak::policy
