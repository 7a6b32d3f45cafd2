#ifndef FIREBREAK_POLICY_RULE_COMPILER_H_
#define FIREBREAK_POLICY_RULE_COMPILER_H_

#include <string>

#include "base/verdict.h"
#include "policy/rule.h"
#include "policy/scope.h"

namespace firebreak::config::v1 {
class PolicyRule;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// RuleContext is what a rule takes from the policy around it.
struct RuleContext {
  std::string policy_namespace;
  Action action = Action::kAllow;
  Direction direction = Direction::kInbound;
  bool istio = false;  // fields that Istio does not have are refused
};

// CompileRule turns one rule into what the matcher works on, all but its ref. What is wrong is
// reported in scope; the rule must then not be used.
Rule CompileRule(const config::v1::PolicyRule& rule, const RuleContext& context,
                 const Scope& scope);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_RULE_COMPILER_H_
