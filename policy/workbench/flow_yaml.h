// Messages of the policy language back into the YAML they are read from.
#ifndef FIREBREAK_POLICY_WORKBENCH_FLOW_YAML_H_
#define FIREBREAK_POLICY_WORKBENCH_FLOW_YAML_H_

#include <string>
#include <vector>

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace firebreak::policy {

// FlowYaml writes a message in one line: {source: {principals: ["td/ns/a/sa/b"]}}. The YAML reader
// reads the same message from it.
std::string FlowYaml(const google::protobuf::Message& message);

// BlockYaml writes each field of a message as one line, "from: [...]".
std::vector<std::string> BlockYaml(const google::protobuf::Message& message);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_FLOW_YAML_H_
