// The policy loader: files to an immutable PolicySet, or every error in them.
#ifndef FIREBREAK_POLICY_LOADER_H_
#define FIREBREAK_POLICY_LOADER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "policy/policy_set.h"
#include "policy/use_count.h"
#include "policy/workload.h"

namespace firebreak::config {
class Diagnostics;
}  // namespace firebreak::config

namespace firebreak::policy {

// LoadPolicy reads files and folders (their *.yaml and *.yml in the order of names; names that
// start with "." are skipped, which is how a Kubernetes ConfigMap hides its versions). Any error
// anywhere refuses the whole load: the result is null and *diagnostics says why. Every policy is
// checked; only those that apply to workload are in the result. A policy without a namespace
// belongs to the workload's. uses keeps the counts of max_uses from one load to the next; null:
// they begin at none. Blocks on file I/O: main thread only.
std::shared_ptr<const PolicySet> LoadPolicy(const std::vector<std::string>& paths,
                                            const Workload& workload,
                                            config::Diagnostics* diagnostics,
                                            UseCounts* uses = nullptr);

// LoadPolicyText does the same for one document stream in memory, which errors call file_name.
std::shared_ptr<const PolicySet> LoadPolicyText(absl::string_view file_name, absl::string_view text,
                                                const Workload& workload,
                                                config::Diagnostics* diagnostics,
                                                UseCounts* uses = nullptr);

// PolicyCounts is what a check reports.
struct PolicyCounts {
  size_t policies = 0;
  size_t rules = 0;
};

// PolicyFile is a policy file in memory, for tools that ask several questions of one reading of it.
struct PolicyFile {
  std::string name;
  std::string text;
};

// ReadPolicyFiles reads what LoadPolicy would, and does not look into it. nullopt: something cannot
// be read, see *diagnostics.
std::optional<std::vector<PolicyFile>> ReadPolicyFiles(const std::vector<std::string>& paths,
                                                       config::Diagnostics* diagnostics);

// LoadPolicyFiles is LoadPolicy of files that were read. CheckPolicyFiles loads the policies of all
// workloads. False: refused, see *diagnostics.
std::shared_ptr<const PolicySet> LoadPolicyFiles(const std::vector<PolicyFile>& files,
                                                 const Workload& workload,
                                                 config::Diagnostics* diagnostics);
bool CheckPolicyFiles(const std::vector<PolicyFile>& files, PolicyCounts* counts,
                      config::Diagnostics* diagnostics);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_LOADER_H_
