// Whether a rule about requests stands where there are requests.
#ifndef FIREBREAK_POLICY_PROTOCOL_CHECK_H_
#define FIREBREAK_POLICY_PROTOCOL_CHECK_H_

#include "policy/rule.h"
#include "policy/rule_compiler.h"
#include "policy/scope.h"

namespace firebreak::policy {

// CheckProtocols reports in scope, that of the rule, what a rule says about requests where there
// are none: `protocols` that contradict its other conditions, and ports that the workload declares
// TCP. There a DENY rule would refuse everything or nothing, and neither is what it says. It warns
// of a DENY rule about requests that would also refuse every byte stream to the workload, and of
// ports that no listener leads to.
void CheckProtocols(const Rule& rule, const RuleContext& context, const Scope& scope);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PROTOCOL_CHECK_H_
