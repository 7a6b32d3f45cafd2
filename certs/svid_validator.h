// SvidValidator: from a peer's certificate chain to its identity, or to the reason why not.
#ifndef FIREBREAK_CERTS_SVID_VALIDATOR_H_
#define FIREBREAK_CERTS_SVID_VALIDATOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "base/limits.h"
#include "certs/peer_identity.h"
#include "certs/svid_error.h"
#include "certs/trust_bundle.h"

namespace firebreak::certs {

// SvidVerdict is an identity, or an error with a detail for the log. The detail never holds a raw
// byte of the peer's: it is escaped already.
struct SvidVerdict {
  PeerIdentityPtr identity;  // null exactly when error is not kNone
  SvidError error = SvidError::kInternal;
  std::string detail;

  bool ok() const { return error == SvidError::kNone && identity != nullptr; }
  static SvidVerdict Valid(PeerIdentityPtr identity) {
    return {std::move(identity), SvidError::kNone, {}};
  }
  static SvidVerdict Invalid(SvidError error, std::string detail = {}) {
    return {nullptr, error, std::move(detail)};
  }
};

using ChainDer = absl::Span<const absl::string_view>;  // leaf first, one DER certificate an element

// ChainDigest is SHA-256 over the number of certificates and, for each, its length and its bytes:
// no two different chains share an input.
std::array<uint8_t, 32> ChainDigest(ChainDer chain_der);

// ValidationTimes are the present for certificates and for revocation lists. They differ when a
// chain that has expired is judged as of the time it was in force, by the lists of today.
struct ValidationTimes {
  absl::Time certificates;
  absl::Time revocation;
};

// SvidValidator checks X.509-SVIDs to the letter of the X509-SVID specification (sections 2 to 5)
// and RFC 5280: sizes, strict DER, exactly one URI SAN, SPIFFE grammar, the leaf's rules, then a
// path to the bundle of the leaf's trust domain and to no other, times, revocation. The first
// failure decides. Clock skew tolerance is zero. Immutable; any thread may use it.
class SvidValidator {
 public:
  // A null store is an empty one: nobody is trusted.
  SvidValidator(std::shared_ptr<const TrustStore> store, const Limits& limits);

  SvidVerdict Validate(ChainDer chain_der, absl::Time now) const {
    return Validate(chain_der, {.certificates = now, .revocation = now});
  }
  SvidVerdict Validate(ChainDer chain_der, const ValidationTimes& times) const;

  // CheckSize is the first step of Validate: kNone, or the size or depth limit that is exceeded.
  // It reads no byte of the certificates.
  SvidError CheckSize(ChainDer chain_der) const;

  const std::shared_ptr<const TrustStore>& store() const { return store_; }

 private:
  std::shared_ptr<const TrustStore> store_;
  int64_t max_certificates_;
  int64_t max_certificate_bytes_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SVID_VALIDATOR_H_
