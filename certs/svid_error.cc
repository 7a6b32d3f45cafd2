#include "certs/svid_error.h"

#include <iterator>

namespace firebreak::certs {
namespace {

struct Row {
  SvidError error;
  absl::string_view name;
  absl::string_view hint;
};

constexpr Row kRows[] = {
    {SvidError::kNone, "OK", "valid"},
    {SvidError::kNoCertificate, "NO_CERTIFICATE", "no certificate was presented"},
    {SvidError::kChainTooLong, "CHAIN_TOO_LONG", "more certificates than max_chain_certificates"},
    {SvidError::kCertificateTooLarge, "CERTIFICATE_TOO_LARGE",
     "a certificate is larger than max_certificate_bytes"},
    {SvidError::kMalformed, "MALFORMED", "not a strictly DER-encoded certificate"},
    {SvidError::kNotVersion3, "NOT_VERSION_3", "not an X.509 version 3 certificate"},
    {SvidError::kDuplicateExtension, "DUPLICATE_EXTENSION", "an extension appears twice"},
    {SvidError::kMalformedExtension, "MALFORMED_EXTENSION", "an extension cannot be read"},
    {SvidError::kUnsupportedKey, "UNSUPPORTED_KEY",
     "the public key is not RSA, P-256, P-384, P-521 or Ed25519"},
    {SvidError::kWeakKey, "WEAK_KEY", "RSA keys have 2048 to 8192 bits"},
    {SvidError::kWeakSignature, "WEAK_SIGNATURE",
     "the signature algorithm is SHA-1, older, or unknown"},
    {SvidError::kMalformedSan, "MALFORMED_SAN",
     "a subjectAltName holds a NUL, a control or a non-ASCII byte"},
    {SvidError::kNoUriSan, "NO_URI_SAN", "no URI in the subjectAltName"},
    {SvidError::kMultipleUriSans, "MULTIPLE_URI_SANS", "more than one URI in the subjectAltName"},
    {SvidError::kInvalidSpiffeId, "INVALID_SPIFFE_ID", "the URI is not a SPIFFE ID"},
    {SvidError::kNoPath, "NO_PATH", "the SPIFFE ID names a trust domain and no workload"},
    {SvidError::kSanNotCritical, "SAN_NOT_CRITICAL",
     "with an empty subject the subjectAltName must be critical"},
    {SvidError::kUnknownCriticalExtension, "UNKNOWN_CRITICAL_EXTENSION",
     "a critical extension is not known"},
    {SvidError::kLeafIsCa, "LEAF_IS_CA", "a CA certificate cannot be used as an identity"},
    {SvidError::kKeyUsageMissing, "KEY_USAGE_MISSING", "no keyUsage"},
    {SvidError::kKeyUsageNotCritical, "KEY_USAGE_NOT_CRITICAL", "keyUsage is not critical"},
    {SvidError::kNoDigitalSignature, "NO_DIGITAL_SIGNATURE", "keyUsage lacks digitalSignature"},
    {SvidError::kLeafSignsCertificates, "LEAF_SIGNS_CERTIFICATES",
     "keyUsage of a leaf has keyCertSign or cRLSign"},
    {SvidError::kExtendedKeyUsage, "EXTENDED_KEY_USAGE",
     "extendedKeyUsage lacks serverAuth or clientAuth"},
    {SvidError::kUnknownTrustDomain, "UNKNOWN_TRUST_DOMAIN", "no bundle for the trust domain"},
    {SvidError::kEmptyBundle, "EMPTY_BUNDLE", "the trust domain's bundle trusts nobody"},
    {SvidError::kUntrustedIssuer, "UNTRUSTED_ISSUER",
     "no path to a certificate of the trust domain's bundle"},
    {SvidError::kBadSignature, "BAD_SIGNATURE", "a signature does not verify"},
    {SvidError::kIssuerNotCa, "ISSUER_NOT_CA", "an issuer is not a CA"},
    {SvidError::kIssuerKeyUsage, "ISSUER_KEY_USAGE", "an issuer may not sign certificates"},
    {SvidError::kIssuerSpiffeId, "ISSUER_SPIFFE_ID",
     "an issuer's SPIFFE ID is invalid or has a path"},
    {SvidError::kPathLengthExceeded, "PATH_LENGTH_EXCEEDED",
     "more intermediates than an issuer allows"},
    {SvidError::kNameConstraint, "NAME_CONSTRAINT", "an issuer's name constraints forbid the name"},
    {SvidError::kPathInvalid, "PATH_INVALID", "the certification path is not valid"},
    {SvidError::kNotYetValid, "NOT_YET_VALID", "the certificate is not valid yet"},
    {SvidError::kExpired, "EXPIRED", "the certificate has expired"},
    {SvidError::kIssuerNotYetValid, "ISSUER_NOT_YET_VALID", "an issuer is not valid yet"},
    {SvidError::kIssuerExpired, "ISSUER_EXPIRED", "an issuer has expired"},
    {SvidError::kCrlMissing, "CRL_MISSING", "no good revocation list from the issuer"},
    {SvidError::kCrlStale, "CRL_STALE", "the revocation list is out of date"},
    {SvidError::kRevoked, "REVOKED", "the certificate is revoked"},
    {SvidError::kIssuerRevoked, "ISSUER_REVOKED", "an issuer is revoked"},
    {SvidError::kInternal, "INTERNAL", "an error of our own"},
};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<size_t>(kRows[i].error) != i) return false;
  }
  return std::size(kRows) == kSvidErrorCount;
}
static_assert(RowsAreInOrder(), "one row an error, in the order of the enum");

}  // namespace

absl::string_view SvidErrorName(SvidError error) { return kRows[static_cast<size_t>(error)].name; }

absl::string_view SvidErrorHint(SvidError error) { return kRows[static_cast<size_t>(error)].hint; }

Reason ReasonOf(SvidError error) {
  if (error == SvidError::kNone) return Reason::kNone;
  if (error == SvidError::kNoCertificate) return Reason::kTlsFailure;
  if (error == SvidError::kRevoked || error == SvidError::kIssuerRevoked) return Reason::kRevoked;
  if (error == SvidError::kInternal) return Reason::kInternal;
  return Reason::kIdentityInvalid;
}

}  // namespace firebreak::certs
