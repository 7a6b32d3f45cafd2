// Short-lived SVIDs, minted when a test runs: no key is ever in the tree.
#ifndef FIREBREAK_TESTS_SUPPORT_TEST_IDENTITY_H_
#define FIREBREAK_TESTS_SUPPORT_TEST_IDENTITY_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "certs/dev_ca.h"
#include "certs/file_source.h"
#include "certs/trust_bundle.h"

namespace firebreak::tests {

// TestCa is the CA of one trust domain around the instant `now`.
class TestCa {
 public:
  TestCa(const std::string& trust_domain, absl::Time now)
      : now_(now), ca_(*certs::DevCa::Init(trust_domain, Around(absl::Hours(24)))) {}

  static certs::SpiffeId Id(absl::string_view principal) {
    return *certs::SpiffeId::ParsePrincipal(principal);
  }

  // Material is an SVID of this CA that trusts `trusted` (each the bundle of its own domain).
  certs::IdentityMaterial Material(absl::string_view principal,
                                   const std::vector<const TestCa*>& trusted, uint64_t epoch = 1,
                                   absl::Duration lifetime = absl::Hours(1)) const {
    certs::SvidRequest request{.id = Id(principal),
                               .validity = Around(lifetime),
                               .key_type = certs::KeyType::kP256,
                               .dns_names = {},
                               .ip_addresses = {}};
    const auto issued = ca_.Issue(request);
    EXPECT_TRUE(issued.ok()) << issued.status();
    std::vector<std::shared_ptr<const certs::TrustBundle>> bundles;
    bundles.reserve(trusted.size());
    for (const TestCa* ca : trusted) {
      bundles.push_back(
          *certs::TrustBundle::FromPem(ca->ca_.trust_domain(), ca->ca_.certificate_pem()));
    }
    return {.svid = *certs::X509Svid::FromPem(issued->certificate_chain, issued->private_key),
            .trust = std::make_shared<const certs::TrustStore>(std::move(bundles), epoch)};
  }

 private:
  certs::Validity Around(absl::Duration lifetime) const {
    return {.not_before = now_ - absl::Hours(1), .not_after = now_ + lifetime};
  }

  absl::Time now_;
  certs::DevCa ca_;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_TEST_IDENTITY_H_
