#include "policy/workbench/flow_yaml.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>

#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "config/timestamp.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string MessageYaml(const Message& message) {
  if (message.GetDescriptor() != google::protobuf::Timestamp::descriptor()) {
    return FlowYaml(message);
  }
  const auto& stamp = static_cast<const google::protobuf::Timestamp&>(message);
  return absl::FormatTime(absl::RFC3339_full, config::TimeOf(stamp), absl::UTCTimeZone());
}

std::string SingularYaml(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageYaml(reflection.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    default:
      return YamlScalar(reflection.GetString(message, &field));  // the language has nothing else
  }
}

std::string ListYaml(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<std::string> entries;
  const int size = reflection.FieldSize(message, &field);
  entries.reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    entries.push_back(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE
                          ? MessageYaml(reflection.GetRepeatedMessage(message, &field, i))
                          : YamlQuoted(reflection.GetRepeatedString(message, &field, i)));
  }
  return absl::StrCat("[", absl::StrJoin(entries, ", "), "]");
}

}  // namespace

std::vector<std::string> BlockYaml(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> lines;
  lines.reserve(fields.size());
  for (const FieldDescriptor* field : fields) {
    lines.push_back(absl::StrCat(
        field->name(), ": ",
        field->is_repeated() ? ListYaml(message, *field) : SingularYaml(message, *field)));
  }
  return lines;
}

std::string FlowYaml(const Message& message) {
  return absl::StrCat("{", absl::StrJoin(BlockYaml(message), ", "), "}");
}

}  // namespace firebreak::policy
