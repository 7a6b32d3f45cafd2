// Policies of documents that somebody keeps, for tools that load for many workloads.
#ifndef FIREBREAK_POLICY_READ_POLICIES_H_
#define FIREBREAK_POLICY_READ_POLICIES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

#include "config/yaml_reader.h"
#include "policy/loader.h"
#include "policy/policy_set.h"
#include "policy/workload.h"

namespace firebreak::config::v1 {
class AuthorizationPolicy;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// ParsePolicyFile makes documents of a file, of those in a List as well. nullopt: see *diagnostics.
std::optional<config::YamlFile> ParsePolicyFile(const PolicyFile& file,
                                                config::Diagnostics* diagnostics);

// ReadPolicy is one document of files that were loaded without error. Borrows both.
struct ReadPolicy {
  const config::v1::AuthorizationPolicy* document;
  const config::SourceMap* map;
};

// LoadReadPolicies is LoadPolicyFiles where the documents are there already. policies are at least
// those that apply to workload; groups is all documents of groups in files. The cost follows
// policies, and not files.
std::shared_ptr<const PolicySet> LoadReadPolicies(const std::vector<PolicyFile>& files,
                                                  const std::string& groups,
                                                  absl::Span<const ReadPolicy> policies,
                                                  const Workload& workload);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_READ_POLICIES_H_
