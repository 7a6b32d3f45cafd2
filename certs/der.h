// Strict DER (X.690 section 10 and 11): the part of it that certificates and lists need.
#ifndef FIREBREAK_CERTS_DER_H_
#define FIREBREAK_CERTS_DER_H_

#include <openssl/bytestring.h>

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak::certs {

// IsStrictDer tells whether bytes are exactly one DER element, without trailing bytes and nested at
// most 24 deep, and whether the universal types in it are encoded in their one right way. What an
// OCTET STRING or a BIT STRING holds is not looked into.
bool IsStrictDer(absl::string_view bytes);

// AsCbs and AsView convert without copying.
CBS AsCbs(absl::string_view bytes);
absl::string_view AsView(const CBS& cbs);

// TakeTime reads a UTCTime or a GeneralizedTime in the only form RFC 5280 section 4.1.2.5 allows:
// seconds present, Z, no fraction.
std::optional<absl::Time> TakeTime(CBS* cbs);

// Extension of a certificate or list; views into the DER it came from.
struct Extension {
  absl::string_view oid;
  absl::string_view value;
  bool critical = false;
};

enum class ExtensionsError { kNone, kMalformed, kDuplicate };

// TakeExtensions reads SEQUENCE OF Extension (RFC 5280 section 4.1). An explicit FALSE for critical
// is not DER and is refused; so is an empty list.
ExtensionsError TakeExtensions(CBS* cbs, std::vector<Extension>* out);

// IsStrongSignature tells whether a DER AlgorithmIdentifier is one we accept: RSA (PKCS #1 or PSS)
// or ECDSA with SHA-256, SHA-384 or SHA-512, or Ed25519.
bool IsStrongSignature(absl::string_view algorithm);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_DER_H_
