// The spelling of trust domains and principals (SPIFFE-ID, sections 2.1 to 2.3), for checking what
// a file names. Whether a certificate carries such an identity is certs/ to say.
#ifndef FIREBREAK_CONFIG_PRINCIPAL_SYNTAX_H_
#define FIREBREAK_CONFIG_PRINCIPAL_SYNTAX_H_

#include "absl/strings/string_view.h"

namespace firebreak::config {

// WrongWithTrustDomain says what is wrong with a trust domain name, or "" when nothing is.
absl::string_view WrongWithTrustDomain(absl::string_view name);

// WrongWithPrincipal says what is wrong with one exact principal, "trust-domain/segment/...", or
// "" when nothing is. Wildcards are wrong here.
absl::string_view WrongWithPrincipal(absl::string_view principal);

// WrongWithPrincipalPattern says what is wrong with a pattern of principals, or "" when nothing is:
// a principal, or whole segments at one end replaced by "*", as in "td/ns/shop/*", "*/sa/web", "*".
absl::string_view WrongWithPrincipalPattern(absl::string_view pattern);

// WrongWithName says what is wrong with the name of a node, workload, namespace or listener: one
// to 253 letters, digits, dots, dashes and underscores, as in a segment of a principal.
absl::string_view WrongWithName(absl::string_view name);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_PRINCIPAL_SYNTAX_H_
