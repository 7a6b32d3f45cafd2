// The spelling of SPIFFE IDs (SPIFFE-ID, sections 2.1 to 2.3): of trust domains, principals and
// patterns of them, in certificates as in files. Whether somebody is who it says is certs/ to say.
//
// Each function says what is wrong with a text, or "" when nothing is.
#ifndef FIREBREAK_BASE_PRINCIPAL_SYNTAX_H_
#define FIREBREAK_BASE_PRINCIPAL_SYNTAX_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace firebreak {

inline constexpr absl::string_view kSpiffeScheme = "spiffe://";
inline constexpr size_t kMaxTrustDomainBytes = 255;
// A SPIFFE ID has at most 2048 bytes; a principal is one without its scheme.
inline constexpr size_t kMaxPrincipalBytes = 2048 - kSpiffeScheme.size();

// [a-zA-Z0-9.-_]; of a trust domain, lower case only.
bool IsSegmentCharacter(char c);
bool IsTrustDomainCharacter(char c);

absl::string_view WrongWithTrustDomain(absl::string_view name);

// A segment of a principal's path.
absl::string_view WrongWithSegment(absl::string_view segment);

// What follows the scheme in a SPIFFE ID: a trust domain, alone or with a path.
absl::string_view WrongWithSpiffeName(absl::string_view name);

// One exact principal, "trust-domain/segment/...". Wildcards are wrong here, and so is a trust
// domain alone.
absl::string_view WrongWithPrincipal(absl::string_view principal);

// A principal, or whole segments at one end replaced by "*", as in "td/ns/shop/*", "*/sa/web", "*".
absl::string_view WrongWithPrincipalPattern(absl::string_view pattern);

// The name of a node, workload, namespace or listener: one to 253 letters, digits, dots, dashes and
// underscores, as in a segment of a principal.
absl::string_view WrongWithName(absl::string_view name);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_PRINCIPAL_SYNTAX_H_
