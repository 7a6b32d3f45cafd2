#include "certs/verify_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "certs/test_ca.h"

namespace firebreak::certs {
namespace {

class VerifyCacheTest : public ::testing::Test {
 protected:
  DevCa ca_ = TestCa();
  TestChain chain_{TestSvid(ca_).certificate_chain};
  VerifyCache cache_{TestStore({&ca_}), Limits()};
};

TEST_F(VerifyCacheTest, GivesTheSameObjectForTheSameChain) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  const SvidVerdict second = cache_.Verify(chain_.views(), kTestNow + absl::Seconds(59));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.identity, second.identity);
  EXPECT_EQ(cache_.stats().misses, 1u);
  EXPECT_EQ(cache_.stats().hits, 1u);
}

TEST_F(VerifyCacheTest, VerifiesAgainAfterAMinuteAndKeepsTheObject) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  const SvidVerdict second = cache_.Verify(chain_.views(), kTestNow + absl::Seconds(60));
  EXPECT_EQ(first.identity, second.identity);
  EXPECT_EQ(cache_.stats().misses, 2u);
}

TEST_F(VerifyCacheTest, DoesNotKnowAKnownLeafWithAnotherIntermediate) {
  const IssuedCertificate issued =
      ca_.IssueIntermediate(Around(absl::Hours(1), absl::Hours(5))).value();
  const DevCa mid = DevCa::FromPem(issued.certificate_chain, issued.private_key).value();
  const TestChain good(TestSvid(mid).certificate_chain);
  ASSERT_TRUE(cache_.Verify(good.views(), kTestNow).ok());
  std::vector<std::string> swapped = good.der();
  swapped[1] = TestChain(TestCa().certificate_pem()).der()[0];
  EXPECT_EQ(cache_.Verify(TestChain(swapped).views(), kTestNow).error, SvidError::kUntrustedIssuer);
  EXPECT_EQ(cache_.stats().hits, 0u);
}

TEST_F(VerifyCacheTest, LooksAtTheTimeOnEveryHit) {
  const IssuedCertificate soon = [this] {
    SvidRequest request = TestRequest("shop.example/a");
    request.validity = Around(absl::Hours(1), absl::Seconds(10));
    return ca_.Issue(request).value();
  }();
  const TestChain chain(soon.certificate_chain);
  ASSERT_TRUE(cache_.Verify(chain.views(), kTestNow).ok());
  EXPECT_TRUE(cache_.Verify(chain.views(), kTestNow + absl::Seconds(9)).ok());
  EXPECT_EQ(cache_.Verify(chain.views(), kTestNow + absl::Seconds(10)).error, SvidError::kExpired);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(VerifyCacheTest, LooksAtTheTimeWhenTheClockIsSetBack) {
  ASSERT_TRUE(cache_.Verify(chain_.views(), kTestNow).ok());
  EXPECT_EQ(cache_.Verify(chain_.views(), kTestNow - absl::Hours(2)).error,
            SvidError::kNotYetValid);
}

TEST_F(VerifyCacheTest, ForgetsWithTheTrustItWasBuiltOn) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  ASSERT_TRUE(first.ok());
  const DevCa other = TestCa();
  cache_.SetTrustStore(TestStore({&other}, 2));
  EXPECT_EQ(cache_.epoch(), 2u);
  EXPECT_EQ(cache_.Verify(chain_.views(), kTestNow).error, SvidError::kUntrustedIssuer);
  EXPECT_EQ(cache_.Revalidate(*first.identity, kTestNow).error, SvidError::kUntrustedIssuer);
}

TEST_F(VerifyCacheTest, RevalidatesALiveIdentityAgainstANewStore) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  cache_.SetTrustStore(TestStore({&ca_}, 2));
  const SvidVerdict again = cache_.Revalidate(*first.identity, kTestNow);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.identity, first.identity);
  EXPECT_EQ(cache_.Revalidate(*first.identity, kTestNow).identity, first.identity);
  EXPECT_EQ(cache_.stats().hits, 1u);
}

TEST_F(VerifyCacheTest, ExpiryDoesNotEndWhatBeganInTimeButRevocationDoes) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  const absl::Time later = kTestNow + absl::Hours(2);
  EXPECT_TRUE(cache_.Revalidate(*first.identity, later).ok());
  EXPECT_EQ(cache_.Verify(chain_.views(), later).error, SvidError::kExpired);
  const auto list = [&](const std::vector<std::string>& serials) {
    return ca_.IssueCrl(serials, {later - absl::Minutes(1), later + absl::Hours(1)}).value();
  };
  // A list that is younger than the certificate's last day.
  cache_.SetTrustStore(TestStore({&ca_}, 2, list({"01"})));
  EXPECT_TRUE(cache_.Revalidate(*first.identity, later).ok());
  cache_.SetTrustStore(TestStore({&ca_}, 3, list({first.identity->serial_hex})));
  EXPECT_EQ(cache_.Revalidate(*first.identity, later).error, SvidError::kRevoked);
}

TEST_F(VerifyCacheTest, KeepsToItsBytesHoweverLongTheChains) {
  VerifyCache cache(TestStore({&ca_}), Limits(), VerifyCache::kMaxEntries, /*max_bytes=*/5'000);
  for (int i = 0; i < 20; ++i) {
    const TestChain chain(TestSvid(ca_).certificate_chain);
    ASSERT_TRUE(cache.Verify(chain.views(), kTestNow).ok());
    EXPECT_LE(cache.size(), 10u);
  }
  EXPECT_GE(cache.size(), 1u);
  EXPECT_EQ(cache.size() + cache.stats().evictions, 20u);
}

TEST_F(VerifyCacheTest, NoticesARevocationWithTheNextEpoch) {
  const SvidVerdict first = cache_.Verify(chain_.views(), kTestNow);
  const std::vector<std::string> serials = {first.identity->serial_hex};
  const std::string crl = ca_.IssueCrl(serials, Around(absl::Hours(1), absl::Hours(1))).value();
  cache_.SetTrustStore(TestStore({&ca_}, 2, crl));
  EXPECT_EQ(cache_.Revalidate(*first.identity, kTestNow).error, SvidError::kRevoked);
}

TEST_F(VerifyCacheTest, KeepsSuccessesOnly) {
  const DevCa stranger = TestCa();
  const TestChain chain(TestSvid(stranger).certificate_chain);
  EXPECT_FALSE(cache_.Verify(chain.views(), kTestNow).ok());
  EXPECT_FALSE(cache_.Verify(chain.views(), kTestNow).ok());
  EXPECT_EQ(cache_.stats().misses, 2u);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(VerifyCacheTest, StaysWithinItsBoundAndDropsTheLeastRecentlyUsed) {
  VerifyCache cache(TestStore({&ca_}), Limits(), 2);
  const TestChain a(TestSvid(ca_, "shop.example/a").certificate_chain);
  const TestChain b(TestSvid(ca_, "shop.example/b").certificate_chain);
  const TestChain c(TestSvid(ca_, "shop.example/c").certificate_chain);
  cache.Verify(a.views(), kTestNow);
  cache.Verify(b.views(), kTestNow);
  cache.Verify(a.views(), kTestNow);
  cache.Verify(c.views(), kTestNow);  // b goes
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.stats().evictions, 1u);
  cache.Verify(a.views(), kTestNow);
  EXPECT_EQ(cache.stats().hits, 2u);
  cache.Verify(b.views(), kTestNow);
  EXPECT_EQ(cache.stats().misses, 4u);
}

}  // namespace
}  // namespace firebreak::certs
