#include "policy/policy_compiler.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/did_you_mean.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "policy/rule_compiler.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

// Kubernetes' limit for the names of objects.
constexpr size_t kMaxNameBytes = 253;
constexpr char kDryRun[] = "istio.io/dry-run";

// A name ends up in logs, metrics and flow records, so it holds nothing that needs escaping there.
bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                  c == '.';
         });
}

void CheckName(absl::string_view name, const Scope& scope) {
  if (IsName(name)) return;
  scope.Error(ErrorCode::kPolicyName, name.empty() ? "a name is required" : "this is not a name",
              absl::StrCat("1 to ", kMaxNameBytes, " letters, digits, \"-\", \"_\" and \".\""));
}

void CompileMetadata(const config::v1::PolicyMetadata& metadata,
                     const std::string& default_namespace, const Scope& scope,
                     CompiledPolicy* policy) {
  policy->name = metadata.name();
  CheckName(policy->name, scope.Field("name"));
  if (!metadata.has_namespace_()) {
    policy->policy_namespace = default_namespace;
    return;
  }
  policy->policy_namespace = metadata.namespace_();
  CheckName(policy->policy_namespace, scope.Field("namespace"));
}

void CompileSelector(const config::v1::PolicySpec& spec, const Scope& scope,
                     CompiledPolicy* policy) {
  if (!spec.has_selector()) return;
  const Scope selector = scope.Field("selector");
  if (spec.selector().matchlabels().empty()) {
    selector.Error(ErrorCode::kPolicyEmpty, "the selector has no matchLabels",
                   "leave \"selector\" out to protect every workload of the namespace");
  }
  for (const auto& [label, value] : spec.selector().matchlabels()) {
    if (label.empty() || absl::StrContains(label, '*') || absl::StrContains(value, '*')) {
      selector.Field("matchLabels")
          .Error(ErrorCode::kPolicyPattern, "labels are compared whole, without wildcards");
    }
    policy->match_labels.emplace(label, value);
  }
}

// Word reads a field that is one of two words; the first is the default. True: the second.
bool Word(bool written, absl::string_view value, absl::string_view field,
          const std::array<absl::string_view, 2>& words, const Scope& scope) {
  if (!written || value == words[0]) return false;
  if (value == words[1]) return true;
  std::string help = config::DidYouMean(value, words);
  if (help.empty()) help = absl::StrCat("one of ", words[0], ", ", words[1]);
  scope.Field(field).Error(ErrorCode::kUnknownEnumValue,
                           absl::StrCat("\"", value, "\" is no ", field), help);
  return false;
}

void CompileAction(const config::v1::PolicySpec& spec, bool istio, const Scope& scope,
                   CompiledPolicy* policy) {
  const Scope action = scope.Field("action");
  if (spec.action() == "CUSTOM") {
    action.Error(ErrorCode::kPolicyNotSupported,
                 "action CUSTOM is not supported: it hands the decision to another program",
                 "write the decision as ALLOW and DENY rules");
  } else if (spec.action() == "AUDIT") {
    action.Error(ErrorCode::kPolicyNotSupported,
                 "action AUDIT is not supported: every decision is in the flow log already",
                 istio ? "to try a policy out, use annotation istio.io/dry-run: \"true\""
                       : "to try a policy out, use mode: AUDIT with ALLOW or DENY");
  } else if (Word(spec.has_action(), spec.action(), "action", {"ALLOW", "DENY"}, scope)) {
    policy->action = Action::kDeny;
  }
}

// CompileMode: Istio's dry-run annotation is our AUDIT. Overlooking it would enforce an ALLOW that
// its author only wanted to try.
void CompileMode(const config::v1::AuthorizationPolicy& document, bool istio, const Scope& scope,
                 CompiledPolicy* policy) {
  const config::v1::PolicySpec& spec = document.spec();
  policy->audit =
      Word(spec.has_mode(), spec.mode(), "mode", {"ENFORCE", "AUDIT"}, scope.Field("spec"));
  const auto& annotations = document.metadata().annotations();
  const auto dry_run = annotations.find(kDryRun);
  if (dry_run == annotations.end()) return;
  const Scope annotation = scope.Field("metadata").Field("annotations");
  if (!istio) {
    annotation.Error(ErrorCode::kPolicyNotSupported,
                     absl::StrCat(kDryRun, " belongs to Istio's AuthorizationPolicy"),
                     "use spec.mode: AUDIT");
  } else if (dry_run->second != "true" && dry_run->second != "false") {
    annotation.Error(ErrorCode::kUnknownEnumValue, absl::StrCat(kDryRun, " is true or false"));
  }
  policy->audit = dry_run->second == "true";
}

// RefuseFirebreakFields reports what Istio itself would refuse in its own documents.
void RefuseFirebreakFields(const config::v1::PolicySpec& spec, const Scope& scope) {
  constexpr absl::string_view kMessage = "Istio's AuthorizationPolicy has no such field";
  constexpr absl::string_view kHelp = "use apiVersion firebreak.dev/v1";
  for (absl::string_view field : {"direction", "mode"}) {
    if (scope.Has(field)) {
      scope.Field(field).Error(ErrorCode::kPolicyNotSupported, kMessage, kHelp);
    }
  }
  for (int i = 0; i < spec.rules_size(); ++i) {
    if (!spec.rules(i).has_name()) continue;
    scope.Field("rules")
        .Entry(static_cast<size_t>(i))
        .Field("name")
        .Error(ErrorCode::kPolicyNotSupported, kMessage, kHelp);
  }
}

void CompileRules(const config::v1::PolicySpec& spec, const RuleContext& context,
                  const Scope& scope, CompiledPolicy* policy) {
  if (spec.rules().empty() && policy->action == Action::kDeny) {
    scope.Error(ErrorCode::kPolicyEmpty, "a DENY policy without rules",
                "to refuse everything, write rules: [{}]");
  }
  absl::flat_hash_set<std::string> names;
  policy->rules.reserve(static_cast<size_t>(spec.rules_size()));
  for (int i = 0; i < spec.rules_size(); ++i) {
    const Scope at = scope.Field("rules").Entry(static_cast<size_t>(i));
    std::string name = absl::StrCat("rules[", i, "]");
    if (spec.rules(i).has_name()) {
      name = spec.rules(i).name();
      CheckName(name, at.Field("name"));
    }
    if (!names.insert(name).second) {
      at.Field("name").Error(ErrorCode::kPolicyDuplicate,
                             "another rule of this policy has this name");
    }
    Rule rule = CompileRule(spec.rules(i), context, at);
    rule.ref = std::make_shared<const RuleRef>(
        RuleRef{policy->policy_namespace, policy->name, name, policy->audit, at.file_and_line()});
    policy->rules.push_back(std::move(rule));
  }
}

}  // namespace

bool IsIstioApiVersion(absl::string_view api_version) {
  return api_version == "security.istio.io/v1" || api_version == "security.istio.io/v1beta1";
}

bool CompiledPolicy::AppliesTo(const Workload& workload) const {
  return policy_namespace == workload.workload_namespace &&
         std::all_of(match_labels.begin(), match_labels.end(), [&workload](const auto& wanted) {
           const auto found = workload.labels.find(wanted.first);
           return found != workload.labels.end() && found->second == wanted.second;
         });
}

CompiledPolicy CompilePolicy(const config::v1::AuthorizationPolicy& document,
                             const std::string& default_namespace, const Scope& scope) {
  const bool istio = IsIstioApiVersion(document.apiversion());
  const config::v1::PolicySpec& spec = document.spec();
  const Scope spec_scope = scope.Field("spec");

  CompiledPolicy policy;
  CompileMetadata(document.metadata(), default_namespace, scope.Field("metadata"), &policy);
  if (istio) RefuseFirebreakFields(spec, spec_scope);
  CompileSelector(spec, spec_scope, &policy);
  CompileAction(spec, istio, spec_scope, &policy);
  CompileMode(document, istio, scope, &policy);
  if (Word(spec.has_direction(), spec.direction(), "direction", {"INBOUND", "OUTBOUND"},
           spec_scope)) {
    policy.direction = Direction::kOutbound;
  }
  const RuleContext context{policy.policy_namespace, policy.action, policy.direction, istio};
  CompileRules(spec, context, spec_scope, &policy);
  return policy;
}

}  // namespace firebreak::policy
