#include "proxy/exchange/forwarding_headers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kTraceId = "0af7651916cd43dd8448eb211c80319c";
constexpr absl::string_view kParentId = "b7ad6b7169203331";

std::shared_ptr<certs::PeerIdentity> Web() {
  return std::make_shared<certs::PeerIdentity>(certs::PeerIdentity{
      .id = *certs::SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/web"),
      .principal = std::make_shared<const std::string>("shop.example/ns/shop/sa/web"),
      .serial_hex = {},
      .not_before = absl::InfinitePast(),
      .not_after = absl::InfiniteFuture(),
      .chain_sha256 = {},
      .leaf_sha256_hex = std::string(64, 'a'),
      .chain_der = {}});
}

TEST(ForwardingHeaders, A_03_EverySpellingOfAnIdentityIsTakenOut) {
  http::HeaderMap headers;
  for (const absl::string_view name :
       {"x-forwarded-client-cert", "x_forwarded_client_cert", "x-forwarded_client-cert",
        "x-firebreak-principal", "x_firebreak_principal", "x-firebreak_principal",
        "x_firebreak-decision-id", "x.firebreak.principal", "x-firebreak~principal",
        "x-forwarded.client!cert", "x-firebreak-", "x-firebreak-anything-to-come"}) {
    headers.Add(name, "forged");
    headers.Add(name, "forged again");
  }
  StripForged(headers);
  EXPECT_TRUE(headers.empty());
}

TEST(ForwardingHeaders, A_03_WhatOnlyLooksLikeAnIdentityStays) {
  http::HeaderMap headers;
  for (const absl::string_view name :
       {"x-forwarded-for", "x-forwarded-client-certs", "x-forwarded-client-cer", "x-firebreaker",
        "firebreak-principal", "ax-firebreak-principal", "x-firebreak", "cookie"}) {
    headers.Add(name, "kept");
  }
  StripForged(headers);
  EXPECT_EQ(headers.size(), 8u);
}

TEST(ForwardingHeaders, TheClientCertificateIsTold) {
  const auto self = *certs::SpiffeId::ParsePrincipal("shop.example/ns/shop/sa/orders");
  EXPECT_EQ(ForwardedClientCert(self, *Web()),
            absl::StrCat("By=spiffe://shop.example/ns/shop/sa/orders;Hash=", std::string(64, 'a'),
                         ";URI=spiffe://shop.example/ns/shop/sa/web"));
}

TEST(ForwardingHeaders, A_03_TheApplicationHearsOneIdentityAndItIsTheProvedOne) {
  filters::Connection connection;
  connection.peer = Web();
  http::HeaderMap headers;
  headers.Add("x-firebreak-principal", "shop.example/ns/shop/sa/admin");
  headers.Add("x-forwarded-client-cert", "By=me");
  StripForged(headers);
  AddIdentity(connection, "By=us", headers);
  EXPECT_EQ(headers.Get("x-firebreak-principal"), "shop.example/ns/shop/sa/web");
  EXPECT_EQ(headers.Get("x-forwarded-client-cert"), "By=us");
}

TEST(ForwardingHeaders, OfAClientWithoutAnIdentityNothingIsTold) {
  const filters::Connection connection;
  http::HeaderMap headers;
  AddIdentity(connection, "By=us", headers);
  EXPECT_TRUE(headers.empty());
}

// The trace-id of a traceparent; "" when it is none.
std::string TraceId(absl::string_view traceparent) {
  http::HeaderMap headers;
  headers.Add("traceparent", traceparent);
  const SharedString id = TraceIdOf(headers);
  EXPECT_EQ(headers.Get("traceparent"), traceparent);
  return id != nullptr ? *id : "";
}

TEST(ForwardingHeaders, TheTraceIdIsRecorded) {
  EXPECT_EQ(TraceId(absl::StrCat("00-", kTraceId, "-", kParentId, "-01")), kTraceId);
  // Later versions may say more.
  EXPECT_EQ(TraceId(absl::StrCat("01-", kTraceId, "-", kParentId, "-00")), kTraceId);
  EXPECT_EQ(TraceId(absl::StrCat("cc-", kTraceId, "-", kParentId, "-00-what-will-be")), kTraceId);
}

TEST(ForwardingHeaders, ATraceparentThatIsNoneIsNotRecorded) {
  EXPECT_EQ(TraceIdOf({}), nullptr);
  http::HeaderMap twice;
  twice.Add("traceparent", absl::StrCat("00-", kTraceId, "-", kParentId, "-01"));
  twice.Add("traceparent", absl::StrCat("00-", kTraceId, "-", kParentId, "-01"));
  EXPECT_EQ(TraceIdOf(twice), nullptr);
  const std::string zero32(32, '0');
  for (const std::string& bad :
       {std::string(), absl::StrCat("00-", kTraceId, "-", kParentId),
        absl::StrCat("ff-", kTraceId, "-", kParentId, "-01"),
        absl::StrCat("0G-", kTraceId, "-", kParentId, "-01"),
        absl::StrCat("00-", kTraceId, "-", kParentId, "-01-more"),
        absl::StrCat("00-", kTraceId, "-", kParentId, "-0"),
        absl::StrCat("00-", kTraceId, "-", kParentId, "-0x"),
        absl::StrCat("00_", kTraceId, "-", kParentId, "-01"),
        absl::StrCat("00-", kTraceId, "_", kParentId, "-01"),
        absl::StrCat("00-", kTraceId, "-", kParentId, "_01"),
        absl::StrCat("00-", zero32, "-", kParentId, "-01"),
        absl::StrCat("00-", kTraceId, "-0000000000000000-01"),
        absl::StrCat("00-0AF7651916CD43DD8448EB211C80319C-", kParentId, "-01"),
        absl::StrCat("00-", kTraceId, "-B7AD6B7169203331-01")}) {
    EXPECT_EQ(TraceId(bad), "") << bad;
  }
}

// "01" followed at once by more is no version that we could know the form of.
TEST(ForwardingHeaders, MoreOfALaterVersionStandsBehindADash) {
  EXPECT_EQ(TraceId(absl::StrCat("01-", kTraceId, "-", kParentId, "-01x")), "");
}

}  // namespace
}  // namespace firebreak::proxy
