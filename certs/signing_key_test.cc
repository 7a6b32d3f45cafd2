#include "certs/signing_key.h"

#include <gtest/gtest.h>

#include "certs/dev_ca.h"

namespace firebreak::certs {
namespace {

TEST(SigningKey, SignsWhatItsPublicHalfVerifies) {
  const auto key = SigningKey::Generate();
  ASSERT_TRUE(key.ok());
  const auto signature = key->Sign("the list");
  ASSERT_TRUE(signature.ok());
  EXPECT_TRUE(key->public_half().Verifies("the list", *signature));
  EXPECT_FALSE(key->public_half().Verifies("the list.", *signature));
  EXPECT_FALSE(key->public_half().Verifies("the list", signature->substr(1)));
  EXPECT_FALSE(key->public_half().Verifies("the list", *signature + "x"));
  EXPECT_FALSE(key->public_half().Verifies("the list", ""));
}

TEST(SigningKey, OfSomebodyElseDoesNotVerify) {
  const auto key = SigningKey::Generate();
  const auto other = SigningKey::Generate();
  EXPECT_FALSE(other->public_half().Verifies("the list", *key->Sign("the list")));
  EXPECT_NE(key->public_half().id(), other->public_half().id());
}

TEST(SigningKey, IsTheSameAfterItWasWrittenDown) {
  const auto key = SigningKey::Generate();
  const auto again = SigningKey::FromPem(*key->Pem());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_half().text(), key->public_half().text());
  const auto public_half = VerifyingKey::Parse(key->public_half().text());
  ASSERT_TRUE(public_half.ok());
  EXPECT_EQ(public_half->id(), key->public_half().id());
  EXPECT_EQ(public_half->id().size(), 16u);
  EXPECT_TRUE(public_half->Verifies("the list", *again->Sign("the list")));
}

TEST(SigningKey, IsOnP256AndNothingElse) {
  for (const KeyType type : {KeyType::kP384, KeyType::kRsa2048, KeyType::kEd25519}) {
    const auto ca = DevCa::Init("shop.example",
                                {absl::FromUnixSeconds(0), absl::FromUnixSeconds(4'000'000)}, type);
    ASSERT_TRUE(ca.ok());
    EXPECT_FALSE(SigningKey::FromPem(ca->PrivateKeyPem()).ok()) << KeyTypeName(type);
  }
  EXPECT_FALSE(SigningKey::FromPem("").ok());
}

TEST(VerifyingKey, TakesNothingThatIsNoKey) {
  for (const absl::string_view text :
       {"", "AAAA", "no base64!", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQc="}) {
    EXPECT_FALSE(VerifyingKey::Parse(text).ok()) << text;
  }
  const auto key = SigningKey::Generate();
  EXPECT_FALSE(VerifyingKey::Parse(key->public_half().text() + "AAAA").ok());
}

}  // namespace
}  // namespace firebreak::certs
