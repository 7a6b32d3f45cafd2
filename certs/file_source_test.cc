#include "certs/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "certs/test_ca.h"
#include "tests/support/temp_folder.h"

namespace firebreak::certs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    files_ = {Path("svid.pem"), Path("key.pem"), Path("bundle.pem"), "", {}};
    Write("svid.pem", svid_.certificate_chain);
    Write("key.pem", svid_.private_key);
    chmod(Path("key.pem").c_str(), 0600);
    Write("bundle.pem", ca_.certificate_pem());
  }

  std::string Path(absl::string_view name) const { return folder_.Path(name); }
  void Write(absl::string_view name, absl::string_view text) const { folder_.Write(name, text); }
  absl::StatusOr<IdentityMaterial> Load() const {
    return LoadIdentity(files_, {.trust_domain = "shop.example", .epoch = 7, .limits = {}},
                        kTestNow);
  }
  // The message of a failed load, which must name the file and give no key away.
  std::string Failure(absl::string_view file) const {
    const auto material = Load();
    EXPECT_FALSE(material.ok());
    std::string message(material.status().message());
    EXPECT_THAT(message, StartsWith(Path(file)));
    EXPECT_THAT(message, Not(HasSubstr("PRIVATE KEY-----")));
    return message;
  }

  DevCa ca_ = TestCa();
  IssuedCertificate svid_ = TestSvid(ca_);
  const tests::TempFolder folder_;
  IdentityFiles files_;
};

TEST_F(FileSourceTest, LoadsOneConsistentIdentity) {
  const IdentityMaterial material = Load().value();
  EXPECT_EQ(material.svid.id().uri(), "spiffe://shop.example/ns/shop/sa/orders");
  EXPECT_EQ(material.svid.serial_hex(), svid_.serial_hex);
  EXPECT_EQ(material.svid.not_after(), kTestNow + absl::Hours(1));
  EXPECT_NE(material.svid.private_key(), nullptr);
  EXPECT_EQ(material.svid.chain_der(), TestChain(svid_.certificate_chain).der());
  EXPECT_EQ(material.trust->epoch(), 7u);
  EXPECT_NE(material.trust->Find("shop.example"), nullptr);
  EXPECT_EQ(material.trust->Find("other.example"), nullptr);
}

TEST_F(FileSourceTest, KeepsFederatedBundlesApart) {
  const DevCa other = TestCa("other.example");
  Write("other.pem", other.certificate_pem());
  files_.federated_bundles = {{"other.example", Path("other.pem")}};
  const IdentityMaterial material = Load().value();
  EXPECT_EQ(material.trust->bundles().size(), 2u);
  EXPECT_EQ(material.trust->Find("other.example")->anchors().size(), 1u);
  EXPECT_THAT(files_.AllPaths(), ElementsAre(Path("svid.pem"), Path("key.pem"), Path("bundle.pem"),
                                             Path("other.pem")));
}

TEST_F(FileSourceTest, NamesTheFileThatIsMissingEmptyOrNoFile) {
  std::filesystem::remove(Path("key.pem"));
  EXPECT_THAT(Failure("key.pem"), HasSubstr("No such file"));
  Write("key.pem", "");
  EXPECT_THAT(Failure("key.pem"), HasSubstr("empty"));
  std::filesystem::remove(Path("bundle.pem"));
  std::filesystem::create_directory(Path("bundle.pem"));
  Write("key.pem", svid_.private_key);
  EXPECT_THAT(Failure("bundle.pem"), HasSubstr("not a regular file"));
}

TEST_F(FileSourceTest, NamesTheFileThatIsNotPem) {
  Write("svid.pem", "hello");
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("not PEM"));
  Write("svid.pem", absl::StrCat(svid_.certificate_chain, "-----BEGIN CERTIFICATE-----\nMIIB"));
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("block 2 of 2"));
  Write("svid.pem", svid_.private_key);
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("expected CERTIFICATE blocks"));
}

TEST_F(FileSourceTest, RefusesAKeyThatIsNotTheCertificates) {
  Write("key.pem", TestSvid(ca_).private_key);
  EXPECT_THAT(Failure("key.pem"), HasSubstr("not the one of the certificate"));
}

TEST_F(FileSourceTest, RefusesADamagedKeyWithoutShowingIt) {
  Write("key.pem", absl::StrReplaceAll(svid_.private_key, {{"MI", "!!"}}));
  Failure("key.pem");
  Write("key.pem", WritePem("PRIVATE KEY", "secret bytes"));
  EXPECT_THAT(Failure("key.pem"), Not(HasSubstr("secret")));
  Write("key.pem", WritePem("ENCRYPTED PRIVATE KEY", "secret bytes"));
  EXPECT_THAT(Failure("key.pem"), HasSubstr("encrypted"));
  Write("key.pem", absl::StrCat(svid_.private_key, svid_.private_key));
  EXPECT_THAT(Failure("key.pem"), HasSubstr("more than one"));
}

TEST_F(FileSourceTest, RefusesAnSvidOfAnotherTrustDomain) {
  const DevCa other = TestCa("other.example");
  const IssuedCertificate svid = TestSvid(other, "other.example/a");
  Write("svid.pem", svid.certificate_chain);
  Write("key.pem", svid.private_key);
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("trust_domain is shop.example"));
}

TEST_F(FileSourceTest, RefusesAnSvidThatPeersWouldRefuse) {
  Write("bundle.pem", TestCa().certificate_pem());
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("UNTRUSTED_ISSUER"));
  Write("bundle.pem", ca_.certificate_pem());
  SvidRequest request = TestRequest("shop.example/a");
  request.validity = Around(absl::Hours(2), -absl::Hours(1));
  const IssuedCertificate expired = ca_.Issue(request).value();
  Write("svid.pem", expired.certificate_chain);
  Write("key.pem", expired.private_key);
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("EXPIRED"));
}

TEST_F(FileSourceTest, RefusesABundleWithALeafInIt) {
  Write("bundle.pem", svid_.certificate_chain);
  EXPECT_THAT(Failure("bundle.pem"), HasSubstr("not a CA certificate"));
}

TEST_F(FileSourceTest, ReadsRevocationLists) {
  const std::vector<std::string> serials = {svid_.serial_hex};
  Write("crl.pem", ca_.IssueCrl(serials, Around(absl::Hours(1), absl::Hours(1))).value());
  files_.crl = Path("crl.pem");
  EXPECT_THAT(Failure("svid.pem"), HasSubstr("REVOKED"));
  Write("crl.pem", ca_.IssueCrl({}, Around(absl::Hours(1), absl::Hours(1))).value());
  EXPECT_TRUE(Load().ok());
  Write("crl.pem", ca_.certificate_pem());
  EXPECT_THAT(Failure("crl.pem"), HasSubstr("expected X509 CRL blocks"));
}

TEST_F(FileSourceTest, RefusesOurOwnDomainAmongTheFederated) {
  files_.federated_bundles = {{"shop.example", Path("bundle.pem")}};
  EXPECT_THAT(Failure("bundle.pem"), HasSubstr("our own trust domain"));
}

}  // namespace
}  // namespace firebreak::certs
