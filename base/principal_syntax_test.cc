#include "base/principal_syntax.h"

#include <gtest/gtest.h>

#include <string>

namespace firebreak {
namespace {

TEST(PrincipalSyntax, TakesWhatSpiffeTakes) {
  EXPECT_EQ(WrongWithTrustDomain("a-b_c.9"), "");
  EXPECT_EQ(WrongWithTrustDomain(std::string(255, 'a')), "");
  EXPECT_EQ(WrongWithPrincipal("shop.example/ns/shop/sa/A_b-c.d"), "");
  EXPECT_EQ(WrongWithName("orders-0"), "");
}

TEST(PrincipalSyntax, APatternHasWholeSegmentsAtOneEnd) {
  for (const absl::string_view good : {"*", "a/b", "a/*", "a/ns/x/*", "*/sa/web", "*/web"}) {
    EXPECT_EQ(WrongWithPrincipalPattern(good), "") << good;
  }
  for (const absl::string_view bad : {"", "a", "a*", "*a", "a/b*", "*/", "/*", "*/*", "**", "a/*/b",
                                      "*/a/*", "A/*", "a//*", "*//a", "spiffe://a/*"}) {
    EXPECT_NE(WrongWithPrincipalPattern(bad), "") << bad;
  }
}

TEST(PrincipalSyntax, ATrustDomainIsASpiffeNameButNoPrincipal) {
  EXPECT_EQ(WrongWithSpiffeName("shop.example"), "");
  EXPECT_EQ(WrongWithSpiffeName("shop.example/ns/shop"), "");
  EXPECT_EQ(WrongWithPrincipal("shop.example"), "it has no path after the trust domain");
  EXPECT_NE(WrongWithPrincipalPattern("shop.example"), "");
  for (const absl::string_view bad : {"", "/", "a/", "A", "a b/c"}) {
    EXPECT_NE(WrongWithSpiffeName(bad), "") << bad;
  }
}

TEST(PrincipalSyntax, LengthsAreThoseOfSpiffe) {
  const std::string longest = "a/" + std::string(kMaxPrincipalBytes - 2, 'x');
  EXPECT_EQ(WrongWithPrincipal(longest), "");
  EXPECT_NE(WrongWithPrincipal(longest + "x"), "");
}

TEST(PrincipalSyntax, SaysToDropTheScheme) {
  for (const absl::string_view with : {"spiffe://td/x", "SPIFFE://td/x", "spiffe:td/x"}) {
    EXPECT_EQ(WrongWithPrincipal(with), "it is written without \"spiffe://\"") << with;
  }
}

TEST(PrincipalSyntax, RefusesEverythingElse) {
  for (const std::string& bad :
       {std::string(), std::string("A"), std::string("a b"), std::string("a:1"), std::string("a/b"),
        std::string("ä"), std::string(256, 'a')}) {
    EXPECT_NE(WrongWithTrustDomain(bad), "") << bad;
  }
  for (const std::string& bad :
       {std::string("a"), std::string("a/"), std::string("a//b"), std::string("a/b/"),
        std::string("a/."), std::string("a/../b"), std::string("/a"), std::string("*/a"),
        std::string("a/*"), std::string("a/b%2fc"), std::string("a/b?c"),
        "a/" + std::string(2040, 'x')}) {
    EXPECT_NE(WrongWithPrincipal(bad), "") << bad;
  }
  EXPECT_NE(WrongWithName(std::string(254, 'a')), "");
  EXPECT_NE(WrongWithName(".."), "");
}

}  // namespace
}  // namespace firebreak
