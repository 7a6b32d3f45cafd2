// What may be the name of a policy, a rule, a group or a namespace.
#ifndef FIREBREAK_POLICY_NAMES_H_
#define FIREBREAK_POLICY_NAMES_H_

#include "absl/strings/string_view.h"

#include "policy/scope.h"

namespace firebreak::policy {

// CheckName reports in scope what is no name of a policy, rule, group or namespace. A name ends up
// in logs, metrics and flow records, so it holds nothing that needs escaping there.
void CheckName(absl::string_view name, const Scope& scope);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_NAMES_H_
