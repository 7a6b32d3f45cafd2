// From a document of YAML to a compiled policy, whomever it protects.
#ifndef FIREBREAK_POLICY_POLICY_COMPILER_H_
#define FIREBREAK_POLICY_POLICY_COMPILER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/verdict.h"
#include "policy/rule.h"
#include "policy/rule_compiler.h"
#include "policy/scope.h"
#include "policy/workload.h"

namespace firebreak::config::v1 {
class AuthorizationPolicy;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// The spellings of apiVersion. Istio's are read with Istio's fields only.
inline constexpr absl::string_view kFirebreakApiVersion = "firebreak.dev/v1";
bool IsIstioApiVersion(absl::string_view api_version);

// Where a document without a namespace goes when no workload is known, as with kubectl.
inline constexpr char kDefaultNamespace[] = "default";

// CompiledPolicy is one document, whomever it protects.
struct CompiledPolicy {
  std::string policy_namespace;
  std::string name;
  std::map<std::string, std::string> match_labels;
  Direction direction = Direction::kInbound;
  Action action = Action::kAllow;
  bool audit = false;
  std::vector<Rule> rules;
  // Of a policy that is enforced for some: the same rules for the others, for whom it is AUDIT.
  std::vector<Rule> rules_for_the_rest;

  bool AppliesTo(const Workload& workload) const;
};

// CompilePolicy turns a document into rules for workload, or for whomever it protects when that is
// null. A document without a namespace belongs to the workload's, or to kDefaultNamespace. What is
// wrong is reported in scope, the document's own; the result must then not be used.
CompiledPolicy CompilePolicy(const config::v1::AuthorizationPolicy& document,
                             const Workload* workload, const Scope& scope, LoadState* load);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_POLICY_COMPILER_H_
