// Signatures of files that stand beside them: FILE.sig.
#ifndef FIREBREAK_CERTS_SIGNATURE_FILE_H_
#define FIREBREAK_CERTS_SIGNATURE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "certs/signing_key.h"

namespace firebreak::certs {

// SignatureFileOf gives the name of the file that holds the signature of another.
std::string SignatureFileOf(absl::string_view file);

// SignatureLine signs bytes and gives what the signature file is to hold: one line of base64.
absl::StatusOr<std::string> SignatureLine(absl::string_view bytes, const SigningKey& key);

// CheckSignatureFile reads the signature of `file`. Ok: one of the keys made it over exactly these
// bytes. PermissionDenied: none did; any other error: it cannot be read. Each names the signature
// file.
absl::Status CheckSignatureFile(absl::string_view file, absl::string_view bytes,
                                absl::Span<const VerifyingKey> keys);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SIGNATURE_FILE_H_
