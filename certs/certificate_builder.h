// Writing certificates and revocation lists: only what the development CA needs.
#ifndef FIREBREAK_CERTS_CERTIFICATE_BUILDER_H_
#define FIREBREAK_CERTS_CERTIFICATE_BUILDER_H_

#include <openssl/base.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace firebreak::certs {

// CertificateFields is what goes into a certificate. Names and addresses are as bytes.
struct CertificateFields {
  std::string serial;   // INTEGER content bytes
  std::string issuer;   // DER Name
  std::string subject;  // DER Name
  absl::Time not_before;
  absl::Time not_after;
  EVP_PKEY* public_key = nullptr;
  std::string issuer_key_id;  // of the issuer's key, KeyId(); for authorityKeyIdentifier
  bool is_ca = false;         // else a leaf, with both TLS purposes
  std::optional<uint64_t> path_length;
  std::string uri;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  // 4 or 16 bytes
};

// CrlFields is what goes into a revocation list; serials are INTEGER content bytes.
struct CrlFields {
  std::string issuer;
  std::string issuer_key_id;
  absl::Time this_update;
  absl::Time next_update;
  std::vector<std::string> serials;
};

// SignCertificate and SignCrl write DER and sign it with key: SHA-256 with P-256 and RSA, SHA-384
// with P-384, or Ed25519.
absl::StatusOr<std::string> SignCertificate(const CertificateFields& fields, EVP_PKEY* key);
absl::StatusOr<std::string> SignCrl(const CrlFields& fields, EVP_PKEY* key);

// MakeName writes O=organization, and CN=common_name unless that is empty.
absl::StatusOr<std::string> MakeName(absl::string_view organization, absl::string_view common_name);

// KeyId is the first 20 bytes of SHA-256 of the key (RFC 7093 section 2, method 1).
absl::StatusOr<std::string> KeyId(const EVP_PKEY* key);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_CERTIFICATE_BUILDER_H_
