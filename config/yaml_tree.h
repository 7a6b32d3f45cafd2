// The documents of a YAML file as plain nodes. The .cc is the only place that knows yaml-cpp.
#ifndef FIREBREAK_CONFIG_YAML_TREE_H_
#define FIREBREAK_CONFIG_YAML_TREE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/source_text.h"

namespace firebreak::config {

// YamlNode is one node. Aliases are already resolved: two parents may name the same child, but no
// node is its own descendant.
struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  bool quoted = false;  // scalars: written in quotes or as a block
  SourcePosition position;
  std::string scalar;
  // Indexes into YamlTree::nodes. A map's are key, value, key, value; keys are scalars.
  std::vector<int32_t> children;
};

// YamlTree holds the nodes of all documents of a file; roots are those of documents with content.
class YamlTree {
 public:
  const YamlNode& node(int32_t index) const { return nodes_[static_cast<size_t>(index)]; }
  const std::vector<int32_t>& roots() const { return roots_; }

 private:
  friend class YamlTreeBuilder;
  std::vector<YamlNode> nodes_;
  std::vector<int32_t> roots_;
};

// ParseYamlTree parses source, which must be clean by FindBadByte. Reports what is no YAML, what
// of YAML is not accepted, and exceeded limits; any of them gives null.
std::unique_ptr<const YamlTree> ParseYamlTree(const SourceText& source, Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_YAML_TREE_H_
