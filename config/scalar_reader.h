// One YAML scalar into one protobuf field.
#ifndef FIREBREAK_CONFIG_SCALAR_READER_H_
#define FIREBREAK_CONFIG_SCALAR_READER_H_

#include <optional>
#include <string>

#include "config/error_codes.h"
#include "config/yaml_tree.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace firebreak::config {

// ScalarError says why a scalar does not fit its field. The message reads on from "... in PATH".
struct ScalarError {
  ErrorCode code;
  std::string message;
  std::string help;
};

// SetScalar sets field of message, or adds to it when it is repeated, from a node of kind kScalar.
// field is no message but may be a google.protobuf.Timestamp.
std::optional<ScalarError> SetScalar(const YamlNode& node,
                                     const google::protobuf::FieldDescriptor& field,
                                     google::protobuf::Message* message);

// IsTimestamp says whether field is a google.protobuf.Timestamp.
bool IsTimestamp(const google::protobuf::FieldDescriptor& field);

// ExpectedScalar names what field takes, with its article: "an integer".
std::string ExpectedScalar(const google::protobuf::FieldDescriptor& field);

// FoundNode names what a node is, with its article, its text cut to a readable length: "a list".
std::string FoundNode(const YamlNode& node);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_SCALAR_READER_H_
