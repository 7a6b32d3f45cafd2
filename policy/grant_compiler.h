// What bounds a rule beyond its conditions: validity, max_uses, and the words for people.
#ifndef FIREBREAK_POLICY_GRANT_COMPILER_H_
#define FIREBREAK_POLICY_GRANT_COMPILER_H_

#include <string>

#include "base/verdict.h"
#include "policy/rule.h"
#include "policy/rule_compiler.h"
#include "policy/scope.h"

namespace firebreak::config::v1 {
class PolicyRule;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// CompileGrant reads validity and max_uses into *compiled, and reason and ticket into *ref, whose
// names are filled in. What is wrong is reported in scope, that of the rule.
void CompileGrant(const config::v1::PolicyRule& rule, const RuleContext& context,
                  const Scope& scope, Rule* compiled, RuleRef* ref);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_GRANT_COMPILER_H_
