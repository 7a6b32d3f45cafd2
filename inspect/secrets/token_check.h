// Whether a run of characters is a key or a token that somebody gave out.
#ifndef FIREBREAK_INSPECT_SECRETS_TOKEN_CHECK_H_
#define FIREBREAK_INSPECT_SECRETS_TOKEN_CHECK_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/secrets/secret_kind.h"

namespace firebreak::inspect {

// FoundToken is where in the text a secret stands.
struct FoundToken {
  SecretKind kind;
  size_t at = 0;
  size_t size = 0;
};

// CheckToken looks into one token: a run of letters, digits and "+/=_-.:". `before` is the text
// that leads to it, for words such as "aws_secret_access_key". Order of work: the fixed beginning
// of each kind, then its exact form, then whether it is random enough, then whether it is an
// example of documentation. A secret of a kind that is `off` is passed over, and hides none behind
// it.
std::optional<FoundToken> CheckToken(absl::string_view token, absl::string_view before,
                                     const SecretKinds& off = {});

// TokenBits is the Shannon entropy of the characters, in bits each.
double TokenBits(absl::string_view token);

// Placeholders that documentation uses: "EXAMPLE", "xxxx", "1234567890", "changeme".
bool IsExample(absl::string_view token);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SECRETS_TOKEN_CHECK_H_
