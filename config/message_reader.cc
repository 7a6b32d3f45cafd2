#include "config/message_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "config/did_you_mean.h"
#include "config/scalar_reader.h"
#include "config/unsupported_field.h"
#include "config/yaml_reader.h"

namespace firebreak::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxFieldsShown = 16;

std::string In(absl::string_view path) {
  return path.empty() ? "" : absl::StrCat(" in ", DisplayPath(path));
}

std::string FieldHelp(absl::string_view wrong, const Descriptor& type) {
  std::vector<absl::string_view> names;
  names.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  std::string help = DidYouMean(wrong, names);
  if (!help.empty() || names.size() > kMaxFieldsShown) return help;
  return absl::StrCat("known here: ", absl::StrJoin(names, ", "));
}

// MessageReader walks one document. Depth and number of nodes are counted along the way rather than
// in the tree, because an alias may lead to one node many times.
class MessageReader {
 public:
  MessageReader(const SourceText& source, const YamlTree& tree, SourceMap* map,
                Diagnostics* diagnostics)
      : source_(source), tree_(tree), map_(map), diagnostics_(diagnostics) {}

  void Read(int32_t root, Message* message) {
    map_->Record("", tree_.node(root).position);
    ReadFields(tree_.node(root), "", message);
  }

 private:
  // Enter counts a node and the depth it is at; false when a limit is exceeded, which is reported
  // once and ends the walk.
  bool Enter(const YamlNode& node) {
    if (stopped_) return false;
    if (++visited_ > kMaxYamlNodes) {
      Report(node.position, ErrorCode::kTooComplex,
             absl::StrCat("more than ", kMaxYamlNodes, " values with aliases expanded"), "");
      stopped_ = true;
    } else if (depth_ > kMaxYamlDepth) {
      Report(node.position, ErrorCode::kTooComplex,
             absl::StrCat("nested deeper than ", kMaxYamlDepth, " with aliases expanded"), "");
      stopped_ = true;
    }
    return !stopped_;
  }

  void ReadFields(const YamlNode& node, const std::string& path, Message* message) {
    if (!Enter(node) || node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap) return ReportType(node, "a map", path);
    Keys keys;
    ++depth_;
    for (size_t i = 0; i + 1 < node.children.size() && !stopped_; i += 2) {
      const YamlNode& key = tree_.node(node.children[i]);
      if (!IsNewKey(key, path, &keys)) continue;
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(key.scalar);
      if (field == nullptr) {
        ReportUnknown(key, path, *message->GetDescriptor());
        continue;
      }
      if (!IsOnlyOneOfItsKind(key, *field, *message)) continue;
      ReadField(key, tree_.node(node.children[i + 1]), *field, path, message);
    }
    --depth_;
  }

  void ReadField(const YamlNode& key, const YamlNode& value, const FieldDescriptor& field,
                 const std::string& parent_path, Message* message) {
    std::string path = absl::StrCat(parent_path, parent_path.empty() ? "" : ".", field.name());
    map_->Record(path, Start(key, value));
    if (field.is_map()) return ReadMap(value, field, path, message);
    if (field.is_repeated()) return ReadList(value, field, path, message);
    ReadValue(value, field, path, message);
  }

  // Start is where a reader looks for the field: at a scalar, or at the key of what goes on below.
  static SourcePosition Start(const YamlNode& key, const YamlNode& value) {
    return value.kind == YamlNode::Kind::kScalar ? value.position : key.position;
  }

  // ReadValue sets a field to, or adds to a repeated field, one value.
  void ReadValue(const YamlNode& value, const FieldDescriptor& field, const std::string& path,
                 Message* message) {
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message && !IsTimestamp(field)) {
      const google::protobuf::Reflection* reflection = message->GetReflection();
      Message* child = field.is_repeated() ? reflection->AddMessage(message, &field)
                                           : reflection->MutableMessage(message, &field);
      return ReadFields(value, path, child);
    }
    if (!Enter(value)) return;
    if (value.kind != YamlNode::Kind::kScalar) {
      return ReportType(value, ExpectedScalar(field), path);
    }
    const auto error = SetScalar(value, field, message);
    if (!error) return;
    Report(value.position, error->code, absl::StrCat(error->message, In(path)), error->help);
  }

  void ReadList(const YamlNode& list, const FieldDescriptor& field, const std::string& path,
                Message* message) {
    if (!Enter(list) || list.kind == YamlNode::Kind::kNull) return;
    if (list.kind != YamlNode::Kind::kList) return ReportType(list, "a list", path);
    ++depth_;
    for (size_t i = 0; i < list.children.size() && !stopped_; ++i) {
      const YamlNode& value = tree_.node(list.children[i]);
      const std::string element = absl::StrCat(path, "[", i, "]");
      map_->Record(element, value.position);
      // A stray "-" must not become a rule without conditions, which matches everything.
      if (value.kind == YamlNode::Kind::kNull) {
        ReportType(value, ExpectedScalar(field), element);
        continue;
      }
      ReadValue(value, field, element, message);
    }
    --depth_;
  }

  void ReadMap(const YamlNode& node, const FieldDescriptor& field, const std::string& path,
               Message* message) {
    if (!Enter(node) || node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap) return ReportType(node, "a map", path);
    const FieldDescriptor* key_field = field.message_type()->map_key();
    const FieldDescriptor* value_field = field.message_type()->map_value();
    Keys keys;
    ++depth_;
    for (size_t i = 0; i + 1 < node.children.size() && !stopped_; i += 2) {
      const YamlNode& key = tree_.node(node.children[i]);
      if (!IsNewKey(key, path, &keys)) continue;
      const YamlNode& value = tree_.node(node.children[i + 1]);
      const std::string entry_path = absl::StrCat(path, "[", key.scalar, "]");
      map_->Record(entry_path, Start(key, value));
      Message* entry = message->GetReflection()->AddMessage(message, &field);
      ReadValue(key, *key_field, entry_path, entry);
      ReadValue(value, *value_field, entry_path, entry);
    }
    --depth_;
  }

  // Keys are those of one map, by text, with the line each is on.
  using Keys = absl::flat_hash_map<absl::string_view, int>;

  bool IsNewKey(const YamlNode& key, absl::string_view path, Keys* keys) {
    const auto [first, inserted] = keys->emplace(key.scalar, key.position.line);
    if (inserted) return true;
    Report(key.position, ErrorCode::kDuplicateKey,
           absl::StrCat("duplicate key \"", key.scalar, "\"", In(path)),
           absl::StrCat("it is already on line ", first->second + 1));
    return false;
  }

  bool IsOnlyOneOfItsKind(const YamlNode& key, const FieldDescriptor& field,
                          const Message& message) {
    const auto* oneof = field.real_containing_oneof();
    if (oneof == nullptr) return true;
    const FieldDescriptor* other = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
    if (other == nullptr) return true;
    Report(key.position, ErrorCode::kExclusiveFields,
           absl::StrCat("\"", field.name(), "\" and \"", other->name(), "\" exclude each other"),
           "keep one");
    return false;
  }

  void ReportUnknown(const YamlNode& key, absl::string_view path, const Descriptor& type) {
    if (const auto* known = FindUnsupportedField(type.name(), key.scalar)) {
      return Report(key.position, ErrorCode::kPolicyNotSupported, known->what, known->help);
    }
    Report(key.position, ErrorCode::kUnknownField,
           absl::StrCat("unknown field \"", key.scalar, "\"", In(path)),
           FieldHelp(key.scalar, type));
  }

  void ReportType(const YamlNode& node, absl::string_view expected, absl::string_view path) {
    const bool empty_element = node.kind == YamlNode::Kind::kNull && expected == "a map";
    Report(node.position, ErrorCode::kWrongType,
           absl::StrCat("expected ", expected, ", found ", FoundNode(node), In(path)),
           empty_element ? "write {} for an empty one" : "");
  }

  void Report(SourcePosition position, ErrorCode code, absl::string_view message,
              absl::string_view help) {
    source_.Report(position, code, message, help, diagnostics_);
  }

  const SourceText& source_;
  const YamlTree& tree_;
  SourceMap* map_;
  Diagnostics* diagnostics_;
  int visited_ = 0;
  int depth_ = 0;
  bool stopped_ = false;
};

}  // namespace

void ReadMessage(const SourceText& source, const YamlTree& tree, int32_t root, Message* message,
                 SourceMap* map, Diagnostics* diagnostics) {
  MessageReader(source, tree, map, diagnostics).Read(root, message);
}

}  // namespace firebreak::config
