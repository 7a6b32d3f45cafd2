// Object identifiers that certificates of ours may hold, as the content bytes of their DER.
#ifndef FIREBREAK_CERTS_OIDS_H_
#define FIREBREAK_CERTS_OIDS_H_

#include "absl/strings/string_view.h"

namespace firebreak::certs {

// Extensions, RFC 5280 section 4.2.1 and 5.2.
inline constexpr absl::string_view kOidSubjectKeyId("\x55\x1d\x0e", 3);
inline constexpr absl::string_view kOidKeyUsage("\x55\x1d\x0f", 3);
inline constexpr absl::string_view kOidSubjectAltName("\x55\x1d\x11", 3);
inline constexpr absl::string_view kOidBasicConstraints("\x55\x1d\x13", 3);
inline constexpr absl::string_view kOidCrlNumber("\x55\x1d\x14", 3);
inline constexpr absl::string_view kOidNameConstraints("\x55\x1d\x1e", 3);
inline constexpr absl::string_view kOidCertificatePolicies("\x55\x1d\x20", 3);
inline constexpr absl::string_view kOidAuthorityKeyId("\x55\x1d\x23", 3);
inline constexpr absl::string_view kOidExtendedKeyUsage("\x55\x1d\x25", 3);

// Purposes.
inline constexpr absl::string_view kOidServerAuth("\x2b\x06\x01\x05\x05\x07\x03\x01", 8);
inline constexpr absl::string_view kOidClientAuth("\x2b\x06\x01\x05\x05\x07\x03\x02", 8);

// Keys and curves.
inline constexpr absl::string_view kOidRsa("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9);
inline constexpr absl::string_view kOidEcPublicKey("\x2a\x86\x48\xce\x3d\x02\x01", 7);
inline constexpr absl::string_view kOidEd25519("\x2b\x65\x70", 3);
inline constexpr absl::string_view kOidP256("\x2a\x86\x48\xce\x3d\x03\x01\x07", 8);
inline constexpr absl::string_view kOidP384("\x2b\x81\x04\x00\x22", 5);
inline constexpr absl::string_view kOidP521("\x2b\x81\x04\x00\x23", 5);

// Signatures.
inline constexpr absl::string_view kOidRsaSha256("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", 9);
inline constexpr absl::string_view kOidRsaSha384("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", 9);
inline constexpr absl::string_view kOidRsaSha512("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", 9);
inline constexpr absl::string_view kOidRsaPss("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9);
inline constexpr absl::string_view kOidEcdsaSha256("\x2a\x86\x48\xce\x3d\x04\x03\x02", 8);
inline constexpr absl::string_view kOidEcdsaSha384("\x2a\x86\x48\xce\x3d\x04\x03\x03", 8);
inline constexpr absl::string_view kOidEcdsaSha512("\x2a\x86\x48\xce\x3d\x04\x03\x04", 8);
inline constexpr absl::string_view kOidSha256("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);
inline constexpr absl::string_view kOidSha384("\x60\x86\x48\x01\x65\x03\x04\x02\x02", 9);
inline constexpr absl::string_view kOidSha512("\x60\x86\x48\x01\x65\x03\x04\x02\x03", 9);

// Names.
inline constexpr absl::string_view kOidCommonName("\x55\x04\x03", 3);
inline constexpr absl::string_view kOidOrganization("\x55\x04\x0a", 3);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_OIDS_H_
