#include "certs/signature.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

#include "certs/test_ca.h"

namespace firebreak::certs {
namespace {

X509Svid SvidWith(const DevCa& ca, KeyType type) {
  SvidRequest request = TestRequest("shop.example/ns/shop/sa/orders");
  request.key_type = type;
  const IssuedCertificate issued = ca.Issue(request).value();
  return X509Svid::FromPem(issued.certificate_chain, issued.private_key).value();
}

TEST(Sha256, IsTheStandards) {
  // FIPS 180-4's example "abc".
  const auto digest = Sha256("abc");
  EXPECT_EQ(absl::BytesToHexString(
                absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, GoesOnFromABeginningAsOftenAsIsAsked) {
  std::string text;
  for (int i = 0; i < 200; ++i) text.push_back(static_cast<char>(i));
  for (size_t end = 0; end <= text.size(); ++end) {
    const Sha256State begun = BeginSha256(text.substr(0, end));
    EXPECT_EQ(EndSha256(begun, "other"), Sha256(text.substr(0, end) + "other")) << end;
    EXPECT_EQ(EndSha256(begun, text.substr(end)), Sha256(text)) << end;
  }
}

TEST(SignText, IsVerifiedByTheCertificateOfThatKeyAlone) {
  const DevCa ca = TestCa();
  for (const KeyType type :
       {KeyType::kP256, KeyType::kP384, KeyType::kRsa2048, KeyType::kEd25519}) {
    const X509Svid svid = SvidWith(ca, type);
    const std::string& leaf = svid.chain_der()[0];
    const auto signature = SignText(svid, "head 1");
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(VerifyText(leaf, "head 1", *signature).ok()) << signature->algorithm;
    EXPECT_FALSE(VerifyText(leaf, "head 2", *signature).ok());
    const X509Svid other = SvidWith(ca, type);
    EXPECT_FALSE(VerifyText(other.chain_der()[0], "head 1", *signature).ok());
  }
}

TEST(VerifyText, RefusesWhatWasChanged) {
  const DevCa ca = TestCa();
  const X509Svid svid = SvidWith(ca, KeyType::kP256);
  const std::string& leaf = svid.chain_der()[0];
  const Signature good = SignText(svid, "head").value();
  for (size_t i = 0; i < good.bytes.size(); ++i) {
    Signature bad = good;
    bad.bytes[i] ^= 1;
    EXPECT_FALSE(VerifyText(leaf, "head", bad).ok()) << i;
  }
  EXPECT_FALSE(VerifyText(leaf, "head", {good.algorithm, ""}).ok());
  EXPECT_FALSE(VerifyText(leaf, "head", {"ed25519", good.bytes}).ok());
  EXPECT_FALSE(VerifyText("not DER", "head", good).ok());
  EXPECT_FALSE(VerifyText(leaf + "x", "head", good).ok());
}

}  // namespace
}  // namespace firebreak::certs
