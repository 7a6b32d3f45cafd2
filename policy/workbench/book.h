// PolicyBook is a set of policy files as they are written and as the engine reads them, so that an
// answer of the engine can be traced to words in a file.
#ifndef FIREBREAK_POLICY_WORKBENCH_BOOK_H_
#define FIREBREAK_POLICY_WORKBENCH_BOOK_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/source_map.h"
#include "policy/loader.h"
#include "policy/policy_set.h"
#include "policy/workload.h"

namespace firebreak::config {
class Diagnostics;
}  // namespace firebreak::config

namespace firebreak::config::v1 {
class AuthorizationPolicy;
class PolicyRule;
}  // namespace firebreak::config::v1

namespace firebreak::policy {

// PolicyDocument is one policy as it is written. Paths are those of SourceMap:
// "spec.rules[0].from[0].source.principals[1]".
class PolicyDocument {
 public:
  using Message = config::v1::AuthorizationPolicy;

  // groups is the groups of principals of the book, as documents; never null.
  PolicyDocument(size_t file, std::unique_ptr<const Message> message, config::SourceMap map,
                 std::shared_ptr<const std::string> groups);
  PolicyDocument(PolicyDocument&&) noexcept;
  PolicyDocument& operator=(PolicyDocument&&) noexcept;
  ~PolicyDocument();

  size_t file() const { return file_; }  // index into PolicyBook::files
  const Message& message() const { return *message_; }
  const config::SourceMap& map() const { return map_; }

  const std::string& groups() const { return *groups_; }

  bool istio() const;
  bool outbound() const;
  bool deny() const;
  bool audit() const;
  // name is "shop/payments"; a policy without a namespace is named alone.
  std::string name() const;
  // rule_name is the rule's name, or rules[N].
  std::string rule_name(int rule) const;
  // Place is "policy.yaml:12:9", where the field at path stands.
  std::string Place(absl::string_view path) const;

 private:
  size_t file_;
  std::unique_ptr<const Message> message_;
  config::SourceMap map_;
  std::shared_ptr<const std::string> groups_;
};

// PolicyBook: every file loads, as the proxy loads it, or there is no book.
class PolicyBook {
 public:
  // Read takes what `firebreak-proxy` takes as policy.paths. nullopt: see *diagnostics, which also
  // has the warnings of the load.
  static std::optional<PolicyBook> Read(const std::vector<std::string>& paths,
                                        config::Diagnostics* diagnostics);
  static std::optional<PolicyBook> Of(std::vector<PolicyFile> files,
                                      config::Diagnostics* diagnostics);

  const std::vector<PolicyFile>& files() const { return files_; }
  const std::vector<PolicyDocument>& documents() const { return documents_; }
  const PolicyCounts& counts() const { return counts_; }

  // For is what the sidecar of workload would load. Never null.
  std::shared_ptr<const PolicySet> For(const Workload& workload) const;
  // Applies says whether a document is about workload, as the engine does.
  static bool Applies(const PolicyDocument& document, const Workload& workload);

 private:
  std::vector<PolicyFile> files_;
  std::vector<PolicyDocument> documents_;
  PolicyCounts counts_;
};

// EnforceAlone is a policy set of one rule, enforced, in place of all those of a document: what the
// engine says of it says whether the rule matches. Null, the empty policy, when the rule does not
// compile, which a part of a rule that was loaded does.
std::shared_ptr<const PolicySet> EnforceAlone(const PolicyDocument& document,
                                              const config::v1::PolicyRule& rule,
                                              const Workload& workload);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_BOOK_H_
