#include "certs/spiffe_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::certs {
namespace {

using ::testing::HasSubstr;

bool Parses(absl::string_view uri) { return SpiffeId::Parse(uri).ok(); }

TEST(SpiffeId, TakesApartAWorkloadsName) {
  const SpiffeId id = SpiffeId::Parse("spiffe://shop.example/ns/shop/sa/orders").value();
  EXPECT_EQ(id.trust_domain(), "shop.example");
  EXPECT_EQ(id.path(), "/ns/shop/sa/orders");
  EXPECT_EQ(id.principal(), "shop.example/ns/shop/sa/orders");
  EXPECT_EQ(id.uri(), "spiffe://shop.example/ns/shop/sa/orders");
  EXPECT_EQ(id.k8s_namespace(), "shop");
  EXPECT_EQ(id.service_account(), "orders");
  EXPECT_EQ(SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/orders").value(), id);
}

TEST(SpiffeId, NamesNoServiceAccountWhereThePathHasAnotherShape) {
  for (const absl::string_view path :
       {"", "/ns/shop", "/ns/shop/sa", "/ns/shop/sb/orders", "/ns/shop/sa/orders/x",
        "/x/ns/shop/sa/orders", "/NS/shop/sa/orders", "/ns/a/b/sa/orders"}) {
    const SpiffeId id = SpiffeId::Parse(absl::StrCat("spiffe://shop.example", path)).value();
    EXPECT_EQ(id.k8s_namespace(), "") << path;
    EXPECT_EQ(id.service_account(), "") << path;
  }
}

TEST(SpiffeId, AcceptsTheIdOfATrustDomain) {
  const SpiffeId id = SpiffeId::Parse("spiffe://shop.example").value();
  EXPECT_FALSE(id.has_path());
  EXPECT_EQ(id.trust_domain(), "shop.example");
}

TEST(SpiffeId, RefusesWhatTheSpecificationDoes) {
  for (const absl::string_view uri : {"",
                                      "spiffe",
                                      "spiffe:/a/b",
                                      "spiffe://",
                                      "spiffe:///a",
                                      "SPIFFE://a/b",
                                      "Spiffe://a/b",
                                      "https://a/b",
                                      "spiffe://A/b",
                                      "spiffe://a:1/b",
                                      "spiffe://u@a/b",
                                      "spiffe://a%2e/b",
                                      "spiffe://a/%41",
                                      "spiffe://a/b?c",
                                      "spiffe://a/b#c",
                                      "spiffe://a?b",
                                      "spiffe://a#b",
                                      "spiffe://a/",
                                      "spiffe://a//b",
                                      "spiffe://a/b/",
                                      "spiffe://a/.",
                                      "spiffe://a/..",
                                      "spiffe://a/./b",
                                      "spiffe://a/b/../c",
                                      "spiffe://a/b c",
                                      "spiffe://a/b\\c",
                                      "spiffe://a/*",
                                      "spiffe://a/b\n",
                                      " spiffe://a/b",
                                      "spiffe://a/\xc3\xa4",
                                      "spiffe://\xc3\xa4/b",
                                      "a/ns/b/sa/c",
                                      "spiffe://[::1]/a"}) {
    EXPECT_FALSE(Parses(uri)) << uri;
  }
}

TEST(SpiffeId, ReadsLengthAndDataAndRefusesNul) {
  EXPECT_FALSE(Parses(absl::string_view("spiffe://a/b\0c", 14)));
  EXPECT_FALSE(Parses(absl::string_view("spiffe://a\0/b", 13)));
  EXPECT_FALSE(Parses(absl::string_view("spiffe://a/b\0", 13)));
}

TEST(SpiffeId, TreatsNoTrustDomainDifferently) {
  EXPECT_TRUE(Parses("spiffe://10.0.0.1/a"));
  EXPECT_TRUE(Parses("spiffe://shop_x/a"));
  EXPECT_TRUE(Parses("spiffe://-/a"));
  EXPECT_TRUE(Parses("spiffe://a/.../..b/c.."));
}

TEST(SpiffeId, KeepsToItsLengths) {
  EXPECT_TRUE(Parses(absl::StrCat("spiffe://", std::string(255, 'd'), "/a")));
  EXPECT_FALSE(Parses(absl::StrCat("spiffe://", std::string(256, 'd'), "/a")));
  const std::string prefix = "spiffe://d/";
  EXPECT_TRUE(Parses(absl::StrCat(prefix, std::string(2048 - prefix.size(), 'a'))));
  EXPECT_FALSE(Parses(absl::StrCat(prefix, std::string(2049 - prefix.size(), 'a'))));
  // 2048 counts the scheme, also where it is not written.
  EXPECT_FALSE(SpiffeId::ParsePrincipal(absl::StrCat("d/", std::string(2045, 'a'))).ok());
}

TEST(SpiffeId, EscapesWhatItRefuses) {
  const auto id = SpiffeId::Parse("x\x1b[2J");
  EXPECT_THAT(std::string(id.status().message()), HasSubstr("\\x1b"));
}

TEST(SpiffeId, ComparesBytes) {
  EXPECT_NE(SpiffeId::Parse("spiffe://a/b").value(), SpiffeId::Parse("spiffe://a/B").value());
  EXPECT_NE(SpiffeId::Parse("spiffe://a/b").value(), SpiffeId::Parse("spiffe://a/bc").value());
}

}  // namespace
}  // namespace firebreak::certs
