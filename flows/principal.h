// Principals in flow records, taken apart for people to read and filter by.
#ifndef FIREBREAK_FLOWS_PRINCIPAL_H_
#define FIREBREAK_FLOWS_PRINCIPAL_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::flows {

// PrincipalParts views into a principal "trust-domain/ns/NAMESPACE/sa/SERVICE-ACCOUNT".
struct PrincipalParts {
  absl::string_view trust_domain;
  absl::string_view namespace_name;
  absl::string_view service_account;
};

// SplitPrincipal returns nothing for a principal of any other shape. It names things for display
// and decides nothing: what an identity may do is policy's business.
std::optional<PrincipalParts> SplitPrincipal(absl::string_view principal);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_PRINCIPAL_H_
