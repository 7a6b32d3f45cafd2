#include "policy/field_compiler.h"

#include "absl/strings/strip.h"

#include "policy/principal_groups.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

void CompilePrincipalList(const Strings& values, const RuleContext& context, const Scope& list,
                          std::vector<StringPattern>* out) {
  for (int i = 0; i < values.size(); ++i) {
    absl::string_view name(values[i]);
    const Scope at = list.Entry(static_cast<size_t>(i));
    if (context.istio || !absl::ConsumePrefix(&name, kGroupPrefix)) {
      absl::StatusOr<StringPattern> value = StringPattern::ParsePrincipal(values[i]);
      if (value.ok()) {
        out->push_back(*std::move(value));
      } else {
        at.Error(CodeOf(values[i], ErrorCode::kPolicyPrincipal), value.status().message());
      }
      continue;
    }
    const auto group = context.load->groups->Find(context.policy_namespace, name);
    if (group.ok()) {
      out->insert(out->end(), (*group)->begin(), (*group)->end());
    } else {
      at.Error(ErrorCode::kPolicyGroup, absl::StrCat("no group is called \"", name, "\""),
               group.status().message());
    }
  }
  if (out->size() > static_cast<size_t>(kMaxValues)) {
    list.Error(ErrorCode::kPolicyTooLarge, absl::StrCat("more than ", kMaxValues, " values"));
  }
}

// IsTokenValue: what Istio takes, "*" at an end at most.
absl::Status CheckTokenValue(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  if (text == "*") return absl::OkStatus();
  absl::string_view fixed = text;
  if (!absl::ConsumeSuffix(&fixed, "*")) absl::ConsumePrefix(&fixed, "*");
  if (!absl::StrContains(fixed, '*')) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\": at most one \"*\" is allowed, at the beginning or the end"));
}

}  // namespace

void CompilePrincipals(const FieldPair& pair, const RuleContext& context, const Scope& scope,
                       Values<StringPattern>* out) {
  scope.RefuseEmptyList(pair.name, static_cast<size_t>(pair.any.size()));
  scope.RefuseEmptyList(pair.not_name, static_cast<size_t>(pair.none_of.size()));
  CompilePrincipalList(pair.any, context, scope.Field(pair.name), &out->any);
  CompilePrincipalList(pair.none_of, context, scope.Field(pair.not_name), &out->none_of);
}

void CompileNobody(const FieldPair& pair, const RuleContext& context, const Scope& scope,
                   bool* impossible) {
  Values<bool> values;
  const auto parse = [](absl::string_view text) -> absl::StatusOr<bool> {
    const absl::Status status = CheckTokenValue(text);
    if (!status.ok()) return status;
    return true;
  };
  CompilePair(pair, ErrorCode::kPolicyRequestValue, scope, parse, &values);
  if (values.empty()) return;
  const bool matches =
      MatchValues(values, /*present=*/false, context.action, [](bool) { return true; });
  if (!matches) *impossible = true;
  if (context.load->tokens_explained) return;
  context.load->tokens_explained = true;
  scope.Field(pair.any.empty() ? pair.not_name : pair.name)
      .Warning(ErrorCode::kPolicyNoTokens,
               "no token is validated here, so no request has an identity or claims of one",
               "an ALLOW rule that asks for one matches nothing; one about what it must not be "
               "matches in DENY rules only");
}

void RefuseIstioHasNot(absl::string_view field, const Scope& scope) {
  if (!scope.Has(field)) return;
  scope.Field(field).Error(ErrorCode::kPolicyNotSupported,
                           "Istio's AuthorizationPolicy has no such field",
                           "use apiVersion firebreak.dev/v1");
}

void WarnNever(const Strings& none_of, absl::string_view field, const RuleContext& context,
               const Scope& scope, absl::string_view help) {
  if (context.action != Action::kAllow) return;
  for (const std::string& value : none_of) {
    if (value != "*") continue;
    scope.Field(field).Warning(ErrorCode::kPolicyNeverMatches,
                               "an ALLOW rule with this can never match", help);
  }
}

}  // namespace firebreak::policy
