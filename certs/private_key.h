// Private keys: read, written, and never shown.
#ifndef FIREBREAK_CERTS_PRIVATE_KEY_H_
#define FIREBREAK_CERTS_PRIVATE_KEY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;  // BoringSSL's EVP_PKEY

namespace firebreak::certs {

// ParsePrivateKeyPem takes exactly one PRIVATE KEY (PKCS #8), EC PRIVATE KEY or RSA PRIVATE KEY
// block. `openssl ecparam -genkey` writes the curve's name in front, in a block that says nothing
// the key does not say: it is passed over. No message holds a byte of pem.
absl::StatusOr<std::shared_ptr<evp_pkey_st>> ParsePrivateKeyPem(absl::string_view pem);

// ParsePrivateKeyDer takes unencrypted PKCS #8.
absl::StatusOr<std::shared_ptr<evp_pkey_st>> ParsePrivateKeyDer(absl::string_view der);

// IsPublicKeyOf tells whether a DER SubjectPublicKeyInfo is the public half of key.
bool IsPublicKeyOf(absl::string_view public_key_der, evp_pkey_st* key);

// PrivateKeyPemOf writes PKCS #8. The caller wipes the result (WipeString).
absl::StatusOr<std::string> PrivateKeyPemOf(evp_pkey_st* key);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_PRIVATE_KEY_H_
