// Signatures over files of our own: ECDSA over P-256 with SHA-256 (FIPS 186-5 section 6).
#ifndef FIREBREAK_CERTS_SIGNING_KEY_H_
#define FIREBREAK_CERTS_SIGNING_KEY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;  // BoringSSL's EVP_PKEY

namespace firebreak::certs {

// VerifyingKey is the public half, which anybody may see. Copies share the key.
class VerifyingKey {
 public:
  // Parse takes what text() gives. Any other kind of key is InvalidArgument.
  static absl::StatusOr<VerifyingKey> Parse(absl::string_view text);

  // The DER of its SubjectPublicKeyInfo (RFC 5480), in base64 on one line.
  const std::string& text() const { return text_; }
  // The first 8 bytes of SHA-256 of that DER, in hex: to tell keys apart, not to trust one.
  const std::string& id() const { return id_; }
  // Verifies tells whether signature, in DER, was made over exactly these bytes.
  bool Verifies(absl::string_view bytes, absl::string_view signature) const;

 private:
  friend class SigningKey;
  static absl::StatusOr<VerifyingKey> Of(std::shared_ptr<evp_pkey_st> key);
  VerifyingKey() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::string text_;
  std::string id_;
};

// SigningKey is the private half.
class SigningKey {
 public:
  static absl::StatusOr<SigningKey> Generate();
  // FromPem takes one private key on P-256. No message holds a byte of pem.
  static absl::StatusOr<SigningKey> FromPem(absl::string_view pem);

  // Sign returns a signature in DER. Two of the same bytes differ.
  absl::StatusOr<std::string> Sign(absl::string_view bytes) const;
  // Pem is PKCS #8. The caller wipes it (WipeString).
  absl::StatusOr<std::string> Pem() const;
  const VerifyingKey& public_half() const { return public_half_; }

 private:
  static absl::StatusOr<SigningKey> Of(std::shared_ptr<evp_pkey_st> key);
  SigningKey(std::shared_ptr<evp_pkey_st> key, VerifyingKey public_half);

  std::shared_ptr<evp_pkey_st> key_;
  VerifyingKey public_half_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SIGNING_KEY_H_
