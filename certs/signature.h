// Signatures over text with the key of an SVID, apart from TLS: the heads of flow logs.
#ifndef FIREBREAK_CERTS_SIGNATURE_H_
#define FIREBREAK_CERTS_SIGNATURE_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sha256_state.h"
#include "certs/svid.h"

namespace firebreak::certs {

// Sha256 of bytes.
std::array<uint8_t, 32> Sha256(absl::string_view bytes);

// EndSha256 of a state is Sha256 of the beginning that BeginSha256 was given and the rest together.
Sha256State BeginSha256(absl::string_view beginning);
std::array<uint8_t, 32> EndSha256(const Sha256State& begun, absl::string_view rest);

// Signature: algorithm is TLS 1.3's name (RFC 8446 section 4.2.3), which the key decides.
struct Signature {
  absl::string_view algorithm;
  std::string bytes;
};

// AlgorithmOf is the algorithm that SignText uses.
absl::StatusOr<absl::string_view> AlgorithmOf(const X509Svid& svid);

// SignText signs text with svid's key. The text must begin with words that nothing else signed with
// that key begins with: TLS signs texts of 64 spaces and a label.
absl::StatusOr<Signature> SignText(const X509Svid& svid, absl::string_view text);

// VerifyText tells whether signature was made over text with the key of a DER certificate. That the
// certificate is to be believed is for the caller to find out. The algorithm must be the one the
// key decides. An error says what does not fit.
absl::Status VerifyText(absl::string_view certificate_der, absl::string_view text,
                        const Signature& signature);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SIGNATURE_H_
