#include "config/yaml_reader.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/encoding.h"
#include "config/file_text.h"
#include "config/message_reader.h"
#include "config/yaml_tree.h"

namespace firebreak::config {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// ItemsOf is the list of items of a List; null for all else.
const YamlNode* ItemsOf(const YamlTree& tree, const YamlNode& root) {
  if (root.kind != YamlNode::Kind::kMap) return nullptr;
  const YamlNode* items = nullptr;
  bool list = false;
  for (size_t i = 0; i + 1 < root.children.size(); i += 2) {
    const std::string& key = tree.node(root.children[i]).scalar;
    const YamlNode& value = tree.node(root.children[i + 1]);
    if (key == "kind" && !list) {
      list = value.scalar == "List";
    } else if (key == "items" && items == nullptr) {
      items = &value;
    } else if (key != "apiVersion" && key != "metadata") {
      return nullptr;
    }
  }
  return list && items != nullptr && items->kind == YamlNode::Kind::kList ? items : nullptr;
}

// Expanded counts a node and those below it, its aliases followed, up to one more than it may have;
// so does what is too deep.
class Expanded {
 public:
  explicit Expanded(const YamlTree& tree) : tree_(tree) {}
  size_t Count(int32_t index, int depth = 0) {
    if (const auto known = counts_.find(index); known != counts_.end()) return known->second;
    size_t count = depth <= kMaxYamlDepth ? 1 : kTooMany;
    for (const int32_t child : tree_.node(index).children) {
      if (count < kTooMany) count = std::min(count + Count(child, depth + 1), kTooMany);
    }
    counts_[index] = count;
    return count;
  }

 private:
  static constexpr size_t kTooMany = kMaxYamlNodes + 1;

  const YamlTree& tree_;
  absl::flat_hash_map<int32_t, size_t> counts_;
};

}  // namespace

std::optional<YamlFile> YamlFile::Parse(absl::string_view file, absl::string_view text,
                                        Diagnostics* diagnostics) {
  if (text.size() > kMaxFileBytes) {
    diagnostics->Error(ErrorCode::kFileTooLarge, file,
                       absl::StrCat("larger than ", kMaxFileBytes >> 20, " MiB"));
    return std::nullopt;
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  auto source = std::make_shared<const SourceText>(file, text);
  if (const auto bad = FindBadByte(text)) {
    source->Report(source->PositionOf(bad->offset), ErrorCode::kEncoding, bad->what, "",
                   diagnostics);
    return std::nullopt;
  }
  auto tree = ParseYamlTree(*source, diagnostics);
  if (tree == nullptr) return std::nullopt;
  return YamlFile(std::move(source), std::move(tree));
}

YamlFile::YamlFile(std::shared_ptr<const SourceText> source, std::unique_ptr<const YamlTree> tree)
    : source_(std::move(source)), tree_(std::move(tree)), documents_(tree_->roots()) {}
YamlFile::YamlFile(YamlFile&&) noexcept = default;
YamlFile& YamlFile::operator=(YamlFile&&) noexcept = default;
YamlFile::~YamlFile() = default;

bool YamlFile::OpenLists(Diagnostics* diagnostics) {
  std::vector<int32_t> opened;
  Expanded expanded(*tree_);
  for (size_t i = 0; i < documents_.size(); ++i) {
    const YamlNode* const items = ItemsOf(*tree_, tree_->node(documents_[i]));
    if (items == nullptr) {
      opened.push_back(documents_[i]);
      continue;
    }
    // Each is read as a document of its own, whose limit would allow each as much as a file.
    if (expanded.Count(documents_[i]) > kMaxYamlNodes) {
      Report(i, ErrorCode::kTooComplex,
             absl::StrCat("more than ", kMaxYamlNodes, " values, or nested deeper than ",
                          kMaxYamlDepth, ", with aliases expanded"),
             "", diagnostics);
      return false;
    }
    opened.insert(opened.end(), items->children.begin(), items->children.end());
  }
  documents_ = std::move(opened);
  return true;
}

bool YamlFile::Read(size_t index, google::protobuf::Message* out, SourceMap* map,
                    Diagnostics* diagnostics) const {
  const int errors_before = diagnostics->error_count();
  SourceMap unused;
  if (map == nullptr) map = &unused;
  *map = SourceMap(source_);
  out->Clear();
  ReadMessage(*source_, *tree_, documents_[index], out, map, diagnostics);
  return diagnostics->error_count() == errors_before;
}

std::optional<std::string> YamlFile::TopLevelScalar(size_t index, absl::string_view field) const {
  const YamlNode& root = tree_->node(documents_[index]);
  if (root.kind != YamlNode::Kind::kMap) return std::nullopt;
  for (size_t i = 0; i + 1 < root.children.size(); i += 2) {
    if (tree_->node(root.children[i]).scalar != field) continue;
    const YamlNode& value = tree_->node(root.children[i + 1]);
    if (value.kind == YamlNode::Kind::kScalar) return value.scalar;
  }
  return std::nullopt;
}

void YamlFile::Report(size_t index, ErrorCode code, absl::string_view message,
                      absl::string_view help, Diagnostics* diagnostics) const {
  const SourcePosition start = tree_->node(documents_[index]).position;
  source_->Report(start, code, message, help, diagnostics);
}

bool ReadYaml(absl::string_view file, absl::string_view text, google::protobuf::Message* out,
              SourceMap* map, Diagnostics* diagnostics) {
  const auto yaml = YamlFile::Parse(file, text, diagnostics);
  if (!yaml) return false;
  if (yaml->document_count() == 0) {
    diagnostics->Error(ErrorCode::kFileEmpty, file, "the file holds no document");
    return false;
  }
  if (yaml->document_count() > 1) {
    yaml->Report(1, ErrorCode::kMultipleDocuments, "expected one document, found another", "",
                 diagnostics);
    return false;
  }
  return yaml->Read(0, out, map, diagnostics);
}

}  // namespace firebreak::config
