// The conditions on requests: from a policy document to what the matcher works on.
#ifndef FIREBREAK_POLICY_HTTP_COMPILER_H_
#define FIREBREAK_POLICY_HTTP_COMPILER_H_

#include <memory>

#include "policy/http_match.h"
#include "policy/rule.h"
#include "policy/rule_compiler.h"
#include "policy/scope.h"

namespace firebreak::config::v1 {
class PolicyRule;
class PolicyTo;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// CompileHttp reads what an entry of to says about requests; null when it says nothing. What is
// wrong is reported in scope.
std::shared_ptr<const HttpMatch> CompileHttp(const config::v1::PolicyTo& to,
                                             const RuleContext& context, const Scope& scope);

// CompileWhen reads the list when of a rule. What is wrong is reported in scope, that of the rule.
WhenMatch CompileWhen(const config::v1::PolicyRule& rule, const RuleContext& context,
                      const Scope& scope);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_HTTP_COMPILER_H_
