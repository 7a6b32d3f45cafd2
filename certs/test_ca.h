// Certificates for tests, made on the spot by DevCa around one moment.
#ifndef FIREBREAK_CERTS_TEST_CA_H_
#define FIREBREAK_CERTS_TEST_CA_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "certs/dev_ca.h"
#include "certs/pem.h"
#include "certs/trust_bundle.h"

namespace firebreak::certs {

inline const absl::Time kTestNow = absl::FromUnixSeconds(1'800'000'000);

inline Validity Around(absl::Duration before, absl::Duration after) {
  return {kTestNow - before, kTestNow + after};
}

inline DevCa TestCa(absl::string_view trust_domain = "shop.example") {
  return DevCa::Init(trust_domain, Around(absl::Hours(24), absl::Hours(24 * 30))).value();
}

inline SvidRequest TestRequest(absl::string_view principal) {
  return {.id = SpiffeId::ParsePrincipal(principal).value(),
          .validity = Around(absl::Hours(1), absl::Hours(1)),
          .key_type = KeyType::kP256,
          .dns_names = {},
          .ip_addresses = {}};
}

inline IssuedCertificate TestSvid(const DevCa& ca,
                                  absl::string_view principal = "shop.example/ns/shop/sa/orders") {
  return ca.Issue(TestRequest(principal)).value();
}

inline std::shared_ptr<const TrustStore> TestStore(const std::vector<const DevCa*>& cas,
                                                   uint64_t epoch = 1,
                                                   absl::string_view crl_pem = "") {
  std::vector<std::shared_ptr<const TrustBundle>> bundles;
  bundles.reserve(cas.size());
  for (const DevCa* ca : cas) {
    bundles.push_back(
        TrustBundle::FromPem(ca->trust_domain(), ca->certificate_pem(), crl_pem).value());
  }
  return std::make_shared<const TrustStore>(std::move(bundles), epoch);
}

// TestChain owns DER and hands out views of it.
class TestChain {
 public:
  explicit TestChain(absl::string_view pem) : der_(ReadPemOf(kPemCertificate, pem).value()) {}
  explicit TestChain(std::vector<std::string> der) : der_(std::move(der)) {}

  std::vector<absl::string_view> views() const { return {der_.begin(), der_.end()}; }
  const std::vector<std::string>& der() const { return der_; }

 private:
  std::vector<std::string> der_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_TEST_CA_H_
