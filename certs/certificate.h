// Certificate: one X.509 certificate read strictly. The validator, the bundle loader and
// `firebreak certs inspect` all read certificates here and nowhere else.
#ifndef FIREBREAK_CERTS_CERTIFICATE_H_
#define FIREBREAK_CERTS_CERTIFICATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "certs/svid_error.h"

namespace firebreak::certs {

enum class PublicKeyType : uint8_t { kRsa, kP256, kP384, kP521, kEd25519 };

// Bits of the keyUsage extension, RFC 5280 section 4.2.1.3; bit 0 is the highest of the first byte.
enum KeyUsageBit : uint16_t {
  kDigitalSignature = 1 << 0,
  kNonRepudiation = 1 << 1,
  kKeyEncipherment = 1 << 2,
  kDataEncipherment = 1 << 3,
  kKeyAgreement = 1 << 4,
  kKeyCertSign = 1 << 5,
  kCrlSign = 1 << 6,
  kEncipherOnly = 1 << 7,
  kDecipherOnly = 1 << 8,
};

struct KeyUsage {
  uint16_t bits = 0;
  bool critical = false;
  bool Has(KeyUsageBit bit) const { return (bits & bit) != 0; }
};

struct BasicConstraints {
  bool is_ca = false;
  std::optional<uint64_t> path_length;
};

struct SubjectAltName {
  bool critical = false;
  std::vector<absl::string_view> uris;
  std::vector<absl::string_view> dns_names;
  std::vector<absl::string_view> ip_addresses;  // 4 or 16 bytes
  int others = 0;
  // A URI, DNS or mail name holds a byte outside printable ASCII.
  bool bad_bytes = false;
};

// Certificate is what ParseCertificate found. Every string_view points into the parsed DER, which
// has to outlive it.
struct Certificate {
  absl::string_view der;
  absl::string_view serial;  // INTEGER content, big endian, two's complement
  absl::string_view issuer;  // DER Name
  absl::string_view subject;
  absl::string_view public_key;           // DER SubjectPublicKeyInfo
  absl::string_view signature_algorithm;  // DER AlgorithmIdentifier
  absl::Time not_before;
  absl::Time not_after;
  PublicKeyType key_type = PublicKeyType::kRsa;
  int key_bits = 0;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<KeyUsage> key_usage;
  std::optional<std::vector<absl::string_view>> extended_key_usage;  // OID contents
  std::optional<SubjectAltName> subject_alt_name;
  bool unknown_critical_extension = false;

  bool IsCa() const { return basic_constraints.has_value() && basic_constraints->is_ca; }
  bool HasEmptySubject() const { return subject.size() <= 2; }
  // Lower-case hex without leading zero bytes; "0" for zero.
  std::string SerialHex() const;
  // "P-256", "RSA-2048".
  std::string KeyName() const;
};

// ParseCertificate reads der, which must be exactly one certificate in strict DER, of version 3,
// with an acceptable key and signature algorithm. On failure *out is unspecified.
SvidError ParseCertificate(absl::string_view der, Certificate* out);

// NameText writes a DER Name for people, RFC 2253 style; control bytes are escaped.
std::string NameText(absl::string_view name_der);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_CERTIFICATE_H_
