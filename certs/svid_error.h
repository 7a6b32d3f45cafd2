// SvidError: the closed list of why a certificate chain is not a valid X.509-SVID for us.
#ifndef FIREBREAK_CERTS_SVID_ERROR_H_
#define FIREBREAK_CERTS_SVID_ERROR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/verdict.h"

namespace firebreak::certs {

// SvidError is in the order of the checks: a chain with several faults is refused for the first.
// "Issuer" is any certificate of the path above the leaf.
enum class SvidError : uint8_t {
  kNone,
  // Size and depth.
  kNoCertificate,
  kChainTooLong,
  kCertificateTooLarge,
  // Strict DER, of every certificate presented.
  kMalformed,  // no DER, trailing bytes, or no certificate
  kNotVersion3,
  kDuplicateExtension,
  kMalformedExtension,
  kUnsupportedKey,  // type or curve
  kWeakKey,         // RSA below 2048 or above 8192 bits
  kWeakSignature,   // SHA-1, MD5 or an unknown algorithm
  // The SPIFFE ID.
  kMalformedSan,  // a name with NUL, control or non-ASCII bytes
  kNoUriSan,
  kMultipleUriSans,
  kInvalidSpiffeId,
  kNoPath,          // the leaf's ID names a trust domain, not a workload
  kSanNotCritical,  // the subject is empty and the subjectAltName is not critical
  // The leaf.
  kUnknownCriticalExtension,
  kLeafIsCa,
  kKeyUsageMissing,
  kKeyUsageNotCritical,
  kNoDigitalSignature,
  kLeafSignsCertificates,  // keyCertSign or cRLSign
  kExtendedKeyUsage,       // present without serverAuth or without clientAuth
  // The path to a bundle of the leaf's trust domain.
  kUnknownTrustDomain,
  kEmptyBundle,
  kUntrustedIssuer,
  kBadSignature,
  kIssuerNotCa,
  kIssuerKeyUsage,  // no keyCertSign
  kIssuerSpiffeId,  // an issuer's SPIFFE ID is invalid or has a path
  kPathLengthExceeded,
  kNameConstraint,
  kPathInvalid,  // any other fault of RFC 5280
  kNotYetValid,
  kExpired,
  kIssuerNotYetValid,
  kIssuerExpired,
  // Revocation lists, where the bundle has any.
  kCrlMissing,  // no list from the issuer, or none with a good signature
  kCrlStale,    // before thisUpdate, past nextUpdate, or without one
  kRevoked,
  kIssuerRevoked,
  kInternal,  // out of memory and the like: a deny
};
inline constexpr int kSvidErrorCount = static_cast<int>(SvidError::kInternal) + 1;

// SvidErrorName is for metrics, logs and --output: "KEY_USAGE_MISSING". kNone is "OK".
absl::string_view SvidErrorName(SvidError error);

// SvidErrorHint says in a few words what the error means, for people.
absl::string_view SvidErrorHint(SvidError error);

// ReasonOf maps an error to the reason of a flow record: kTlsFailure for no certificate at all,
// kRevoked, kInternal, and kIdentityInvalid for everything else; kNone for kNone.
Reason ReasonOf(SvidError error);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SVID_ERROR_H_
