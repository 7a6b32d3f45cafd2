// DevCa: a certificate authority for development, demonstrations and tests. Its keys live in files
// and its certificates are not logged anywhere: production has SPIRE.
#ifndef FIREBREAK_CERTS_DEV_CA_H_
#define FIREBREAK_CERTS_DEV_CA_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "certs/spiffe_id.h"

struct evp_pkey_st;

namespace firebreak::certs {

enum class KeyType : uint8_t { kP256, kP384, kRsa2048, kEd25519 };
inline constexpr std::array<KeyType, 4> kKeyTypes = {KeyType::kP256, KeyType::kP384,
                                                     KeyType::kRsa2048, KeyType::kEd25519};
// "p256", "p384", "rsa2048", "ed25519".
absl::string_view KeyTypeName(KeyType type);

// Validity of a certificate or of a revocation list, whole seconds.
struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

// IssuedCertificate is PEM: the certificate with what stands between it and the root, and its key
// (PKCS #8). The holder wipes private_key when it is done with it (WipeString).
struct IssuedCertificate {
  std::string certificate_chain;
  std::string private_key;
  std::string serial_hex;
};

// SvidRequest: what Issue puts into a leaf.
struct SvidRequest {
  SpiffeId id;
  Validity validity;
  KeyType key_type = KeyType::kP256;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  // "10.0.0.1", "::1"
};

// DevCa signs. Immutable after creation; the key is wiped with the last copy.
class DevCa {
 public:
  // Init makes a self-signed CA whose certificate is an SVID of the trust domain itself.
  static absl::StatusOr<DevCa> Init(absl::string_view trust_domain, const Validity& validity,
                                    KeyType key_type = KeyType::kP256);
  static absl::StatusOr<DevCa> FromPem(absl::string_view certificate_pem,
                                       absl::string_view key_pem);

  // CertificatePem and PrivateKeyPem are what FromPem reads back.
  const std::string& certificate_pem() const { return certificate_pem_; }
  std::string PrivateKeyPem() const;
  // The first certificate's DER, and the trust domain of its SPIFFE ID.
  const std::string& certificate_der() const { return certificate_der_; }
  const std::string& trust_domain() const { return trust_domain_; }

  // Issue makes a key and an SVID. Refuses an ID of another trust domain or without a path.
  absl::StatusOr<IssuedCertificate> Issue(const SvidRequest& request) const;
  // IssueIntermediate makes a CA below this one (pathLen 0); give both to FromPem to use it.
  absl::StatusOr<IssuedCertificate> IssueIntermediate(const Validity& validity,
                                                      KeyType key_type = KeyType::kP256) const;
  // IssueCrl makes a revocation list: not_before is thisUpdate, not_after is nextUpdate.
  absl::StatusOr<std::string> IssueCrl(absl::Span<const std::string> serials_hex,
                                       const Validity& validity) const;

 private:
  DevCa(std::string trust_domain, std::string certificate_pem, std::string certificate_der,
        std::shared_ptr<evp_pkey_st> key);

  std::string trust_domain_;
  std::string certificate_pem_;
  std::string certificate_der_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_DEV_CA_H_
