// Policies of other systems: read as YAML, written as ours.
#ifndef FIREBREAK_POLICY_WORKBENCH_FOREIGN_H_
#define FIREBREAK_POLICY_WORKBENCH_FOREIGN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "config/diagnostics.h"
#include "config/source_text.h"
#include "config/yaml_tree.h"

namespace firebreak::policy {

// ForeignNode is a place in a document of another system. It reports there what has no counterpart,
// so nothing is passed over. Cheap to copy; borrows the text, the tree and the diagnostics.
class ForeignNode {
 public:
  ForeignNode(const config::SourceText& source, const config::YamlTree& tree, int32_t index,
              config::Diagnostics& diagnostics)
      : source_(&source), tree_(&tree), index_(index), diagnostics_(&diagnostics) {}

  // Field is nullopt when it is absent or null.
  std::optional<ForeignNode> Field(absl::string_view name) const;
  // Text is the scalar at name, "" when it is absent.
  std::string Text(absl::string_view name) const;
  // Entries is the list at name; Has tells an empty one from none.
  std::vector<ForeignNode> Entries(absl::string_view name) const;
  bool Has(absl::string_view name) const;
  // Strings is the list of scalars at name.
  std::vector<std::string> Strings(absl::string_view name) const;
  // Labels is the map of scalars at name.
  std::map<std::string, std::string> Labels(absl::string_view name) const;
  std::string scalar() const { return node().scalar; }
  // FlowText is what stands here as YAML in one line.
  std::string FlowText() const;

  // OnlyFields reports each other field as one that cannot be expressed.
  void OnlyFields(absl::Span<const absl::string_view> known, absl::string_view what) const;
  // Refuse reports that what stands here cannot be expressed.
  void Refuse(absl::string_view message, absl::string_view help = "") const;
  void Warn(absl::string_view message) const;

 private:
  const config::YamlNode& node() const { return tree_->node(index_); }
  ForeignNode At(int32_t index) const { return {*source_, *tree_, index, *diagnostics_}; }

  const config::SourceText* source_;
  const config::YamlTree* tree_;
  int32_t index_;
  config::Diagnostics* diagnostics_;
};

// Imported is a policy of ours to be. No sources: anyone; no ports: any.
struct ImportedPeer {
  std::vector<std::string> principals;
  std::vector<std::string> ip_blocks;
  std::vector<std::string> not_ip_blocks;
};

struct ImportedRule {
  std::vector<ImportedPeer> peers;
  std::vector<std::string> ports;
};

struct Imported {
  std::string comment;
  std::string name;
  std::string policy_namespace;
  std::map<std::string, std::string> match_labels;
  bool outbound = false;
  std::vector<ImportedRule> rules;

  std::string ToYaml() const;
};

// SelectedLabels reads a label selector that must consist of matchLabels: ours has nothing else.
std::map<std::string, std::string> SelectedLabels(const ForeignNode& selector);

// PortOf reads a port that must be a number; "" where it is none, which is reported.
std::string PortOf(const ForeignNode& port);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_FOREIGN_H_
