#include "proxy/main/head_signer.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

#include "certs/signature.h"
#include "certs/test_ca.h"

namespace firebreak::proxy {
namespace {

certs::X509Svid NewSvid(const certs::DevCa& ca) {
  const certs::IssuedCertificate issued = certs::TestSvid(ca);
  return certs::X509Svid::FromPem(issued.certificate_chain, issued.private_key).value();
}

TEST(HeadSigner, SignsWithTheSvidInForce) {
  const certs::DevCa ca = certs::TestCa();
  const certs::X509Svid first = NewSvid(ca);
  const certs::X509Svid second = NewSvid(ca);
  const auto signer = HeadSigner::Make(first).value();
  const flows::Seal seal = HeadSigner::SealOf(*signer);
  const auto old_key = seal.key();
  ASSERT_TRUE(signer->SetSvid(second).ok());
  const auto new_key = seal.key();
  for (const auto& [key, svid] : {std::pair{old_key, &first}, std::pair{new_key, &second}}) {
    std::string chain;
    ASSERT_TRUE(absl::Base64Unescape(key->certificate_chain, &chain));
    EXPECT_EQ(chain.substr(0, svid->chain_der()[0].size()), svid->chain_der()[0]);
    const std::string signature = key->sign("text").value();
    EXPECT_TRUE(certs::VerifyText(svid->chain_der()[0], "text", {key->algorithm, signature}).ok());
  }
  EXPECT_EQ(seal.end_sha256(seal.begin_sha256("be"), "gun"), certs::Sha256("begun"));
}

}  // namespace
}  // namespace firebreak::proxy
