// Named groups of principals: documents of kind PrincipalGroup, and `group:NAME` in policies.
#ifndef FIREBREAK_POLICY_PRINCIPAL_GROUPS_H_
#define FIREBREAK_POLICY_PRINCIPAL_GROUPS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "policy/pattern.h"
#include "policy/scope.h"

namespace firebreak::config::v1 {
class PrincipalGroup;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

inline constexpr absl::string_view kGroupKind = "PrincipalGroup";
inline constexpr absl::string_view kGroupPrefix = "group:";

// PrincipalGroups are the groups of one load. A policy sees those of its namespace. A group holds
// principals and no groups, so there are no cycles, and a policy means what is written in two
// places at most.
class PrincipalGroups {
 public:
  // Add takes a document in. A group without a namespace belongs to default_namespace. What is
  // wrong is reported in scope, the document's own; the group counts as known all the same, so that
  // one mistake is reported once.
  void Add(const config::v1::PrincipalGroup& document, const std::string& default_namespace,
           const Scope& scope);

  // Find returns the principals of a group, or an error that says what may be meant.
  absl::StatusOr<const std::vector<StringPattern>*> Find(const std::string& group_namespace,
                                                         absl::string_view name) const;

 private:
  struct Group {
    std::vector<StringPattern> principals;
    std::string defined_at;
  };
  std::string Hint(const std::string& group_namespace, absl::string_view name) const;

  absl::flat_hash_map<std::string, Group> groups_;  // namespace/name
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PRINCIPAL_GROUPS_H_
