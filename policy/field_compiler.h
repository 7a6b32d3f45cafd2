// Lists of values as they stand in a policy document, into what the matchers work on.
#ifndef FIREBREAK_POLICY_FIELD_COMPILER_H_
#define FIREBREAK_POLICY_FIELD_COMPILER_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "config/error_codes.h"
#include "policy/condition.h"
#include "policy/pattern.h"
#include "policy/rule_compiler.h"
#include "policy/scope.h"

namespace firebreak::policy {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// No list of values is longer than this: a rule is matched value by value.
inline constexpr int kMaxValues = 10'000;

// FieldPair is one field of a rule and its negation, as they stand in the message.
struct FieldPair {
  absl::string_view name;
  const Strings& any;
  absl::string_view not_name;
  const Strings& none_of;
};

// CodeOf picks the code of a bad value: what it is, unless it is empty or its wildcard is to blame.
inline config::ErrorCode CodeOf(absl::string_view value, config::ErrorCode code) {
  if (value.empty()) return config::ErrorCode::kPolicyEmpty;
  const bool has_wildcards =
      code == config::ErrorCode::kPolicyPrincipal || code == config::ErrorCode::kPolicyRequestValue;
  const bool wild = absl::StrContains(value, '*') || absl::StrContains(value, '{');
  return has_wildcards && wild ? config::ErrorCode::kPolicyPattern : code;
}

// CompileList reads the values of one list by parse, StatusOr<T>(string_view), and reports those
// that it refuses.
template <typename T, typename Parse>
void CompileList(const Strings& values, config::ErrorCode code, const Scope& list,
                 const Parse& parse, std::vector<T>* out) {
  if (values.size() > kMaxValues) {
    list.Error(config::ErrorCode::kPolicyTooLarge,
               absl::StrCat("more than ", kMaxValues, " values"));
    return;
  }
  out->reserve(static_cast<size_t>(values.size()));
  for (int i = 0; i < values.size(); ++i) {
    absl::StatusOr<T> value = parse(absl::string_view(values[i]));
    if (value.ok()) {
      out->push_back(*std::move(value));
    } else {
      list.Entry(static_cast<size_t>(i)).Error(CodeOf(values[i], code), value.status().message());
    }
  }
}

template <typename T, typename Parse>
void CompilePair(const FieldPair& pair, config::ErrorCode code, const Scope& scope,
                 const Parse& parse, Values<T>* out) {
  scope.RefuseEmptyList(pair.name, static_cast<size_t>(pair.any.size()));
  scope.RefuseEmptyList(pair.not_name, static_cast<size_t>(pair.none_of.size()));
  CompileList(pair.any, code, scope.Field(pair.name), parse, &out->any);
  CompileList(pair.none_of, code, scope.Field(pair.not_name), parse, &out->none_of);
}

// CompilePrincipals is CompilePair for principals, where `group:NAME` stands for those of a group.
void CompilePrincipals(const FieldPair& pair, const RuleContext& context, const Scope& scope,
                       Values<StringPattern>* out);

// CompileNobody reads values about validated tokens, which nobody has here: no value matches, and
// to a not... field it is what is absent always is. Sets *impossible when nothing is left to match.
void CompileNobody(const FieldPair& pair, const RuleContext& context, const Scope& scope,
                   bool* impossible);

// RefuseIstioHasNot reports a field that is written in a document of Istio's and is none of
// Istio's.
void RefuseIstioHasNot(absl::string_view field, const Scope& scope);

inline absl::StatusOr<CidrBlock> ParseBlock(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  return CidrBlock::Parse(text);
}

// RefuseVoid reports the block at scope when nothing was written in it, which would match
// everything; whatever was written has been looked at already.
template <typename Message>
void RefuseVoid(const Message& message, absl::string_view what, const Scope& scope) {
  if (message.ByteSizeLong() > 0) return;
  scope.Error(config::ErrorCode::kPolicyEmpty, absl::StrCat("\"", what, "\" is empty"),
              "a condition that says nothing would match everything; name at least one field");
}

// WarnNever: an ALLOW rule with notX: ["*"] matches neither those that have an X nor, since doubt
// is not let through, those that have none.
void WarnNever(const Strings& none_of, absl::string_view field, const RuleContext& context,
               const Scope& scope, absl::string_view help);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_FIELD_COMPILER_H_
