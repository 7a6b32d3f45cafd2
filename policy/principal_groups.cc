#include "policy/principal_groups.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/did_you_mean.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "policy/field_compiler.h"
#include "policy/names.h"

namespace firebreak::policy {

using config::ErrorCode;

void PrincipalGroups::Add(const config::v1::PrincipalGroup& document,
                          const std::string& default_namespace, const Scope& scope) {
  const config::v1::PolicyMetadata& metadata = document.metadata();
  const Scope at = scope.Field("metadata");
  CheckName(metadata.name(), at.Field("name"));
  std::string group_namespace = default_namespace;
  if (metadata.has_namespace_()) {
    group_namespace = metadata.namespace_();
    CheckName(group_namespace, at.Field("namespace"));
  }
  Group group{{}, at.Field("name").file_and_line()};
  const Strings& principals = document.spec().principals();
  const Scope list = scope.Field("spec").Field("principals");
  if (principals.empty()) {
    list.Error(ErrorCode::kPolicyEmpty, "a group without principals",
               "a rule for nobody is better left out");
  }
  const auto parse = [](absl::string_view text) -> absl::StatusOr<StringPattern> {
    if (absl::StartsWith(text, kGroupPrefix)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\": a group holds principals, and no groups"));
    }
    return StringPattern::ParsePrincipal(text);
  };
  CompileList(principals, ErrorCode::kPolicyPrincipal, list, parse, &group.principals);
  const auto [entry, added] =
      groups_.emplace(absl::StrCat(group_namespace, "/", metadata.name()), std::move(group));
  if (added) return;
  at.Field("name").Error(
      ErrorCode::kPolicyDuplicate,
      absl::StrCat("group ", entry->first, " is already defined at ", entry->second.defined_at));
}

absl::StatusOr<const std::vector<StringPattern>*> PrincipalGroups::Find(
    const std::string& group_namespace, absl::string_view name) const {
  const auto found = groups_.find(absl::StrCat(group_namespace, "/", name));
  if (found != groups_.end()) return &found->second.principals;
  return absl::NotFoundError(Hint(group_namespace, name));
}

std::string PrincipalGroups::Hint(const std::string& group_namespace,
                                  absl::string_view name) const {
  const std::string prefix = absl::StrCat(group_namespace, "/");
  std::vector<absl::string_view> names;
  for (const auto& [key, group] : groups_) {
    if (absl::StartsWith(key, prefix))
      names.push_back(absl::string_view(key).substr(prefix.size()));
  }
  std::sort(names.begin(), names.end());  // the hint is the same every time
  std::string hint = config::DidYouMean(name, names);
  if (!hint.empty()) return hint;
  return absl::StrCat("a group is a document of kind ", kGroupKind, " in namespace ",
                      group_namespace);
}

}  // namespace firebreak::policy
