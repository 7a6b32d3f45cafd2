// From one rule of a document to its compiled form.
#ifndef FIREBREAK_POLICY_RULE_COMPILER_H_
#define FIREBREAK_POLICY_RULE_COMPILER_H_

#include <string>

#include "base/verdict.h"
#include "policy/rule.h"
#include "policy/scope.h"
#include "policy/use_count.h"
#include "policy/workload.h"

namespace firebreak::config::v1 {
class PolicyRule;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

class PrincipalGroups;

// LoadState is what the rules of one load have in common. Borrows.
struct LoadState {
  const PrincipalGroups* groups = nullptr;
  UseCounts* uses = nullptr;
  bool tokens_explained = false;  // the warning about them was given
};

// RuleContext is what a rule takes from the policy around it.
struct RuleContext {
  std::string policy_namespace;
  Action action = Action::kAllow;
  Direction direction = Direction::kInbound;
  bool istio = false;  // fields that Istio does not have are refused
  // Of the workload's listeners of that direction; null: not known, or not this workload.
  const ListenerPorts* ports = nullptr;
  LoadState* load = nullptr;  // never null when a rule is compiled
};

// CompileRule turns one rule into what the matcher works on, all but its ref and what
// CompileGrant adds. What is wrong is reported in scope; the rule must then not be used.
Rule CompileRule(const config::v1::PolicyRule& rule, const RuleContext& context,
                 const Scope& scope);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_RULE_COMPILER_H_
