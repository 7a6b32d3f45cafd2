#include "certs/signature_file.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/pem_file.h"

namespace firebreak::certs {

std::string SignatureFileOf(absl::string_view file) { return absl::StrCat(file, ".sig"); }

absl::StatusOr<std::string> SignatureLine(absl::string_view bytes, const SigningKey& key) {
  FB_ASSIGN_OR_RETURN(const std::string signature, key.Sign(bytes));
  return absl::StrCat(absl::Base64Escape(signature), "\n");
}

absl::Status CheckSignatureFile(absl::string_view file, absl::string_view bytes,
                                absl::Span<const VerifyingKey> keys) {
  FB_ASSIGN_OR_RETURN(const std::string line, ReadPemFile(SignatureFileOf(file)));
  std::string signature;
  const bool encoded = absl::Base64Unescape(absl::StripAsciiWhitespace(line), &signature);
  const bool good = encoded && std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
                      return key.Verifies(bytes, signature);
                    });
  if (good) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(SignatureFileOf(file), ": by none of the keys, or of another text"));
}

}  // namespace firebreak::certs
