#include "config/yaml_reader.h"

#include <google/protobuf/message.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/encoding.h"
#include "config/file_text.h"
#include "config/message_reader.h"
#include "config/yaml_tree.h"

namespace firebreak::config {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

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
    : source_(std::move(source)), tree_(std::move(tree)) {}
YamlFile::YamlFile(YamlFile&&) noexcept = default;
YamlFile& YamlFile::operator=(YamlFile&&) noexcept = default;
YamlFile::~YamlFile() = default;

size_t YamlFile::document_count() const { return tree_->roots().size(); }

bool YamlFile::Read(size_t index, google::protobuf::Message* out, SourceMap* map,
                    Diagnostics* diagnostics) const {
  const int errors_before = diagnostics->error_count();
  SourceMap unused;
  if (map == nullptr) map = &unused;
  *map = SourceMap(source_);
  out->Clear();
  ReadMessage(*source_, *tree_, tree_->roots()[index], out, map, diagnostics);
  return diagnostics->error_count() == errors_before;
}

std::optional<std::string> YamlFile::TopLevelScalar(size_t index, absl::string_view field) const {
  const YamlNode& root = tree_->node(tree_->roots()[index]);
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
  const SourcePosition start = tree_->node(tree_->roots()[index]).position;
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
