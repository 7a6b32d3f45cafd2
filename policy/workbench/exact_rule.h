// The rule, or the entry of one, that allows one question, and no other where all of it is known.
#ifndef FIREBREAK_POLICY_WORKBENCH_EXACT_RULE_H_
#define FIREBREAK_POLICY_WORKBENCH_EXACT_RULE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "policy/workbench/question.h"

namespace firebreak::config::v1 {
class PolicyFrom;
class PolicyRule;
class PolicyTo;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// IsLiteral: in a policy, value stands for itself.
bool IsLiteral(absl::string_view value);

// PathValue is what stands for the path in a policy: itself, but for "{*}" where a record left
// something out. Empty: nothing does.
std::string PathValue(absl::string_view path);

// ExactHost is the authority of the question's request with its port, as a value of hosts; "" when
// it has none.
std::string ExactHost(const PolicyQuestion& question);

// ExactFrom names the caller, by identity or else by address. FailedPrecondition: it has neither.
absl::StatusOr<config::v1::PolicyFrom> ExactFrom(const PolicyQuestion& question);

// ExactTo names the port, the method and the path, and of an OUTBOUND question the other side; with
// by_host the host too. FailedPrecondition: a policy cannot say it, for example a path with a "*".
absl::StatusOr<config::v1::PolicyTo> ExactTo(const PolicyQuestion& question, bool by_host);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_EXACT_RULE_H_
