// X509Svid: our own identity, with its private key.
#ifndef FIREBREAK_CERTS_SVID_H_
#define FIREBREAK_CERTS_SVID_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "certs/spiffe_id.h"

struct evp_pkey_st;  // BoringSSL's EVP_PKEY

namespace firebreak::certs {

// X509Svid is a chain, leaf first, and the key of its leaf. The key is opaque: it is handed to TLS
// and is never printed, compared or written. Immutable; copies share the key.
class X509Svid {
 public:
  // FromPem takes CERTIFICATE blocks and one PRIVATE KEY (PKCS #8), EC PRIVATE KEY or RSA PRIVATE
  // KEY block. Refuses a chain whose leaf is not shaped as an SVID, and a key that is not the
  // leaf's. No message holds a byte of key_pem. The caller wipes key_pem.
  static absl::StatusOr<X509Svid> FromPem(absl::string_view chain_pem, absl::string_view key_pem);
  // FromDer takes the key as unencrypted PKCS #8, as the Workload API delivers it.
  static absl::StatusOr<X509Svid> FromDer(std::vector<std::string> chain_der,
                                          absl::string_view key_pkcs8_der);
  // Make takes both as parsed. FailedPrecondition when the key is not the leaf's.
  static absl::StatusOr<X509Svid> Make(std::vector<std::string> chain_der,
                                       std::shared_ptr<evp_pkey_st> key);

  const SpiffeId& id() const { return id_; }
  const std::vector<std::string>& chain_der() const { return chain_der_; }
  const std::string& serial_hex() const { return serial_hex_; }
  absl::Time not_before() const { return not_before_; }  // of the leaf
  absl::Time not_after() const { return not_after_; }
  // Never null. Lives as long as any copy of this SVID; EVP_PKEY_up_ref to keep it longer.
  evp_pkey_st* private_key() const { return key_.get(); }

 private:
  X509Svid(SpiffeId id, std::vector<std::string> chain_der, std::shared_ptr<evp_pkey_st> key);

  SpiffeId id_;
  std::vector<std::string> chain_der_;
  std::string serial_hex_;
  absl::Time not_before_;
  absl::Time not_after_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SVID_H_
