// The rules themselves are tested by the certificate matrix; here is what it cannot show.
#include "certs/svid_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "certs/test_ca.h"

namespace firebreak::certs {
namespace {

TEST(SvidValidator, NamesThePeerOfAValidChain) {
  const DevCa ca = TestCa();
  const IssuedCertificate svid = TestSvid(ca);
  const TestChain chain(svid.certificate_chain);
  const SvidVerdict verdict =
      SvidValidator(TestStore({&ca}), Limits()).Validate(chain.views(), kTestNow);
  ASSERT_TRUE(verdict.ok()) << SvidErrorName(verdict.error) << " " << verdict.detail;
  const PeerIdentity& peer = *verdict.identity;
  EXPECT_EQ(peer.id.uri(), "spiffe://shop.example/ns/shop/sa/orders");
  EXPECT_EQ(*peer.principal, "shop.example/ns/shop/sa/orders");
  EXPECT_EQ(peer.serial_hex, svid.serial_hex);
  EXPECT_EQ(peer.not_before, kTestNow - absl::Hours(1));
  EXPECT_EQ(peer.not_after, kTestNow + absl::Hours(1));
  EXPECT_EQ(peer.chain_der, chain.der());
  EXPECT_EQ(peer.chain_sha256, ChainDigest(chain.views()));
}

TEST(SvidValidator, EndsAnIdentityWithTheFirstCertificateOfItsPathToExpire) {
  const DevCa ca = DevCa::Init("shop.example", Around(absl::Hours(2), absl::Minutes(5))).value();
  const TestChain chain(TestSvid(ca).certificate_chain);
  const SvidVerdict verdict =
      SvidValidator(TestStore({&ca}), Limits()).Validate(chain.views(), kTestNow);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.identity->not_after, kTestNow + absl::Minutes(5));
}

TEST(SvidValidator, DeniesEverybodyWithoutATrustStore) {
  const DevCa ca = TestCa();
  const TestChain chain(TestSvid(ca).certificate_chain);
  const SvidVerdict verdict = SvidValidator(nullptr, Limits()).Validate(chain.views(), kTestNow);
  EXPECT_EQ(verdict.error, SvidError::kUnknownTrustDomain);
}

TEST(SvidValidator, DeniesAnEmptyChain) {
  const SvidVerdict verdict = SvidValidator(nullptr, Limits()).Validate({}, kTestNow);
  EXPECT_EQ(verdict.error, SvidError::kNoCertificate);
  EXPECT_EQ(ReasonOf(verdict.error), Reason::kTlsFailure);
}

TEST(SvidValidator, KeepsToItsLimits) {
  const DevCa ca = TestCa();
  const TestChain chain(TestSvid(ca).certificate_chain);
  Limits limits;
  limits.max_certificate_bytes = static_cast<int64_t>(chain.der()[0].size());
  EXPECT_TRUE(SvidValidator(TestStore({&ca}), limits).Validate(chain.views(), kTestNow).ok());
  --limits.max_certificate_bytes;
  EXPECT_EQ(SvidValidator(TestStore({&ca}), limits).Validate(chain.views(), kTestNow).error,
            SvidError::kCertificateTooLarge);
}

TEST(SvidValidator, GivesUpOnAMazeOfCertificatesOfOneName) {
  // 31 issuers of one name, none of which the bundle knows, could be ordered in 31! ways.
  const DevCa ca = TestCa();
  const DevCa stranger = TestCa();
  std::vector<std::string> der = TestChain(TestSvid(stranger).certificate_chain).der();
  der.insert(der.end(), 31, stranger.certificate_der());
  Limits limits;
  limits.max_chain_certificates = 32;
  const TestChain chain(der);
  const SvidVerdict verdict =
      SvidValidator(TestStore({&ca}), limits).Validate(chain.views(), kTestNow);
  EXPECT_EQ(verdict.error, SvidError::kUntrustedIssuer);
}

TEST(SvidValidator, WalksAChainThroughAnIntermediate) {
  const DevCa root = TestCa();
  const IssuedCertificate issued =
      root.IssueIntermediate(Around(absl::Hours(1), absl::Hours(5))).value();
  const DevCa mid = DevCa::FromPem(issued.certificate_chain, issued.private_key).value();
  const TestChain chain(TestSvid(mid).certificate_chain);
  ASSERT_EQ(chain.der().size(), 2u);
  EXPECT_TRUE(SvidValidator(TestStore({&root}), Limits()).Validate(chain.views(), kTestNow).ok());
}

TEST(SvidValidator, RefusesWhatTheListRevokes) {
  const DevCa ca = TestCa();
  const IssuedCertificate revoked = TestSvid(ca);
  const IssuedCertificate kept = TestSvid(ca);
  const std::vector<std::string> serials = {revoked.serial_hex};
  const std::string crl = ca.IssueCrl(serials, Around(absl::Hours(1), absl::Hours(1))).value();
  const SvidValidator validator(TestStore({&ca}, 1, crl), Limits());
  const TestChain revoked_chain(revoked.certificate_chain);
  const TestChain kept_chain(kept.certificate_chain);
  EXPECT_EQ(validator.Validate(revoked_chain.views(), kTestNow).error, SvidError::kRevoked);
  EXPECT_TRUE(validator.Validate(kept_chain.views(), kTestNow).ok());
  EXPECT_EQ(validator.Validate(kept_chain.views(), kTestNow + absl::Minutes(59)).error,
            SvidError::kNone);
}

TEST(ChainDigest, TellsSplitsOfTheSameBytesApart) {
  const std::vector<absl::string_view> one = {"ab", "c"};
  const std::vector<absl::string_view> two = {"a", "bc"};
  const std::vector<absl::string_view> three = {"abc"};
  const std::vector<absl::string_view> four = {"abc", ""};
  const std::set<std::array<uint8_t, 32>> digests = {ChainDigest(one), ChainDigest(two),
                                                     ChainDigest(three), ChainDigest(four)};
  EXPECT_EQ(digests.size(), 4u);
}

TEST(SvidError, HasANameOfItsOwnAndAReason) {
  std::set<absl::string_view> names;
  for (int i = 0; i < kSvidErrorCount; ++i) {
    const auto error = static_cast<SvidError>(i);
    EXPECT_TRUE(names.insert(SvidErrorName(error)).second) << SvidErrorName(error);
    EXPECT_FALSE(SvidErrorHint(error).empty());
    EXPECT_EQ(ReasonOf(error) == Reason::kNone, error == SvidError::kNone);
  }
  EXPECT_EQ(ReasonOf(SvidError::kIssuerRevoked), Reason::kRevoked);
  EXPECT_EQ(ReasonOf(SvidError::kExpired), Reason::kIdentityInvalid);
}

}  // namespace
}  // namespace firebreak::certs
