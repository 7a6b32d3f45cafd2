#include "policy/policy_compiler.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/did_you_mean.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "policy/field_compiler.h"
#include "policy/grant_compiler.h"
#include "policy/names.h"
#include "policy/rule_compiler.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

constexpr char kDryRun[] = "istio.io/dry-run";

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
  for (const absl::string_view field : {"direction", "mode", "enforce"}) {
    RefuseIstioHasNot(field, scope);
  }
  for (int i = 0; i < spec.rules_size(); ++i) {
    RefuseIstioHasNot("name", scope.Field("rules").Entry(static_cast<size_t>(i)));
  }
}

// CompileShare reads `enforce`: for how many peers in a hundred the policy is enforced.
Share CompileShare(const config::v1::PolicySpec& spec, bool audit, const Scope& scope) {
  Share share;
  if (!spec.has_enforce()) return share;
  const Scope enforce = scope.Field("enforce");
  if (audit) {
    enforce.Error(ErrorCode::kExclusiveFields, "a policy in mode AUDIT is enforced for nobody",
                  "leave one of the two out");
  }
  if (!spec.enforce().has_percent()) {
    enforce.Error(ErrorCode::kPolicyEmpty, "\"enforce\" needs a \"percent\"");
  }
  share.percent = spec.enforce().percent();
  if (share.percent < 0 || share.percent > 100) {
    enforce.Field("percent").Error(ErrorCode::kOutOfRange, "a percentage is 0 to 100");
  }
  return share;
}

// ForTheRest is rule as it stands for those that share leaves out: under AUDIT.
Rule ForTheRest(const Rule& rule) {
  Rule rest = rule;
  rest.share.rest = true;
  RuleRef ref = *rule.ref;
  ref.audit = true;
  rest.ref = std::make_shared<const RuleRef>(std::move(ref));
  return rest;
}

void CompileRules(const config::v1::PolicySpec& spec, const RuleContext& context,
                  const Scope& scope, CompiledPolicy* policy) {
  if (spec.rules().empty() && policy->action == Action::kDeny) {
    scope.Error(ErrorCode::kPolicyEmpty, "a DENY policy without rules",
                "to refuse everything, write rules: [{}]");
  }
  const Share share = CompileShare(spec, policy->audit, scope);
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
    RuleRef ref{.policy_namespace = policy->policy_namespace,
                .policy = policy->name,
                .rule = std::move(name),
                .audit = policy->audit,
                .source = at.file_and_line()};
    CompileGrant(spec.rules(i), context, at, &rule, &ref);
    rule.ref = std::make_shared<const RuleRef>(std::move(ref));
    rule.share = share;
    if (!share.whole()) policy->rules_for_the_rest.push_back(ForTheRest(rule));
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
                             const Workload* workload, const Scope& scope, LoadState* load) {
  const bool istio = IsIstioApiVersion(document.apiversion());
  const config::v1::PolicySpec& spec = document.spec();
  const Scope spec_scope = scope.Field("spec");

  CompiledPolicy policy;
  CompileMetadata(document.metadata(),
                  workload != nullptr ? workload->workload_namespace : kDefaultNamespace,
                  scope.Field("metadata"), &policy);
  if (istio) RefuseFirebreakFields(spec, spec_scope);
  CompileSelector(spec, spec_scope, &policy);
  CompileAction(spec, istio, spec_scope, &policy);
  CompileMode(document, istio, scope, &policy);
  if (Word(spec.has_direction(), spec.direction(), "direction", {"INBOUND", "OUTBOUND"},
           spec_scope)) {
    policy.direction = Direction::kOutbound;
  }
  RuleContext context{.policy_namespace = policy.policy_namespace,
                      .action = policy.action,
                      .direction = policy.direction,
                      .istio = istio,
                      .load = load};
  if (workload != nullptr && policy.AppliesTo(*workload)) {
    context.ports =
        policy.direction == Direction::kInbound ? &workload->inbound : &workload->outbound;
  }
  CompileRules(spec, context, spec_scope, &policy);
  return policy;
}

}  // namespace firebreak::policy
