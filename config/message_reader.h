// A tree of YAML nodes into a protobuf message, by reflection.
#ifndef FIREBREAK_CONFIG_MESSAGE_READER_H_
#define FIREBREAK_CONFIG_MESSAGE_READER_H_

#include <cstdint>

#include "config/diagnostics.h"
#include "config/source_map.h"
#include "config/source_text.h"
#include "config/yaml_tree.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace firebreak::config {

// ReadMessage fills message, which is empty, from the document at root, and records positions in
// map. Reports everything that does not fit; the rules are those of yaml_reader.h.
void ReadMessage(const SourceText& source, const YamlTree& tree, int32_t root,
                 google::protobuf::Message* message, SourceMap* map, Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_MESSAGE_READER_H_
