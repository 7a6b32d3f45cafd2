// PEM (RFC 7468): reading all of a text, or refusing it.
#ifndef FIREBREAK_CERTS_PEM_H_
#define FIREBREAK_CERTS_PEM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::certs {

inline constexpr absl::string_view kPemCertificate = "CERTIFICATE";
inline constexpr absl::string_view kPemCrl = "X509 CRL";
inline constexpr absl::string_view kPemPrivateKey = "PRIVATE KEY";

struct PemBlock {
  std::string label;
  std::string der;
};

// ReadPem returns every block. Text between blocks is allowed; a block that is cut short, damaged
// or encrypted makes the whole text unreadable, since what is skipped would be missed by nobody. A
// text without a block is an error. No message holds a byte of the text.
absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text);

// ReadPemOf is ReadPem where every block must have this label; only the DER is returned.
absl::StatusOr<std::vector<std::string>> ReadPemOf(absl::string_view label, absl::string_view text);

std::string WritePem(absl::string_view label, absl::string_view der);

// WipeString overwrites text, capacity included, in a way the compiler keeps, and empties it.
void WipeString(std::string* text);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_PEM_H_
