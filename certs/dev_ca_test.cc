#include "certs/dev_ca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "certs/certificate.h"
#include "certs/svid.h"
#include "certs/svid_validator.h"
#include "certs/test_ca.h"

namespace firebreak::certs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(DevCa, IssuesWhatTheValidatorAcceptsWithEveryKeyType) {
  for (const KeyType type : kKeyTypes) {
    SCOPED_TRACE(std::string(KeyTypeName(type)));
    const DevCa ca =
        DevCa::Init("shop.example", Around(absl::Hours(1), absl::Hours(1)), type).value();
    SvidRequest request = TestRequest("shop.example/ns/shop/sa/orders");
    request.key_type = type;
    request.dns_names = {"orders.shop.example"};
    request.ip_addresses = {"10.0.0.1", "fd00::1"};
    const IssuedCertificate svid = ca.Issue(request).value();
    const TestChain chain(svid.certificate_chain);
    const SvidVerdict verdict =
        SvidValidator(TestStore({&ca}), Limits()).Validate(chain.views(), kTestNow);
    EXPECT_TRUE(verdict.ok()) << SvidErrorName(verdict.error);
    EXPECT_TRUE(X509Svid::FromPem(svid.certificate_chain, svid.private_key).ok());
    Certificate leaf;
    ASSERT_EQ(ParseCertificate(chain.der()[0], &leaf), SvidError::kNone);
    EXPECT_THAT(leaf.subject_alt_name->dns_names, ElementsAre("orders.shop.example"));
    EXPECT_EQ(leaf.subject_alt_name->ip_addresses.at(0), absl::string_view("\x0a\0\0\x01", 4));
  }
}

TEST(DevCa, CarriesAnSvidOfItsTrustDomain) {
  const DevCa ca = TestCa();
  Certificate certificate;
  ASSERT_EQ(ParseCertificate(ca.certificate_der(), &certificate), SvidError::kNone);
  EXPECT_TRUE(certificate.IsCa());
  EXPECT_TRUE(certificate.key_usage->critical);
  EXPECT_EQ(certificate.key_usage->bits, kKeyCertSign | kCrlSign);
  EXPECT_THAT(certificate.subject_alt_name->uris, ElementsAre("spiffe://shop.example"));
  EXPECT_EQ(certificate.KeyName(), "P-256");
}

TEST(DevCa, ComesBackFromItsFiles) {
  const DevCa ca = TestCa();
  const DevCa again = DevCa::FromPem(ca.certificate_pem(), ca.PrivateKeyPem()).value();
  EXPECT_EQ(again.trust_domain(), "shop.example");
  const TestChain chain(TestSvid(again).certificate_chain);
  EXPECT_TRUE(SvidValidator(TestStore({&ca}), Limits()).Validate(chain.views(), kTestNow).ok());
  EXPECT_FALSE(DevCa::FromPem(ca.certificate_pem(), TestCa().PrivateKeyPem()).ok());
  const IssuedCertificate leaf = TestSvid(ca);
  EXPECT_FALSE(DevCa::FromPem(leaf.certificate_chain, leaf.private_key).ok());
}

TEST(DevCa, RefusesWhatWouldBeNoSvid) {
  const DevCa ca = TestCa();
  const auto issue = [&ca](absl::string_view principal) {
    return std::string(ca.Issue(TestRequest(principal)).status().message());
  };
  EXPECT_THAT(issue("other.example/a"), HasSubstr("trust domain"));
  EXPECT_THAT(issue("shop.example"), HasSubstr("no path"));
  SvidRequest request = TestRequest("shop.example/a");
  request.validity = {kTestNow, kTestNow};
  EXPECT_FALSE(ca.Issue(request).ok());
  request = TestRequest("shop.example/a");
  request.ip_addresses = {"10.0.0"};
  EXPECT_FALSE(ca.Issue(request).ok());
  EXPECT_FALSE(DevCa::Init("Shop.example", request.validity).ok());
}

TEST(DevCa, RefusesSerialsThatAreNotHex) {
  const DevCa ca = TestCa();
  for (const absl::string_view serial : {"", "xyz", "0x12"}) {
    const std::vector<std::string> serials = {std::string(serial)};
    EXPECT_FALSE(ca.IssueCrl(serials, Around(absl::Hours(1), absl::Hours(1))).ok()) << serial;
  }
  EXPECT_FALSE(ca.IssueCrl({std::string(41, '1')}, Around(absl::Hours(1), absl::Hours(1))).ok());
}

}  // namespace
}  // namespace firebreak::certs
