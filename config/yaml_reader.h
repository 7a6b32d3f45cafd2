// YAML into protobuf messages, strictly: what is not understood is an error with a position, never
// skipped and never guessed.
//
// Refused: unknown fields, duplicate keys, wrong types, merge keys, tags, keys that are not
// scalars, more than one member of a oneof, bytes that are not UTF-8, control characters, nesting
// or aliases beyond the limits below, and files above kMaxFileBytes.
//
// Values: a string is taken as written (`on` and `007` stay so, quoted or not; null is refused).
// bool is true or false; integers are decimal and checked for range; a number or bool in quotes is
// a string and refused. Enums go by name; Timestamps are RFC 3339. Null for a message field is the
// empty message, present; null for a list or map is the empty one (SourceMap::Contains tells it
// from an absent one); null as a list element is refused.
#ifndef FIREBREAK_CONFIG_YAML_READER_H_
#define FIREBREAK_CONFIG_YAML_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "config/source_map.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace firebreak::config {

// Nesting depth of maps and lists, aliases followed.
constexpr int kMaxYamlDepth = 64;
// Nodes of one file, and nodes of one message with aliases expanded.
constexpr int kMaxYamlNodes = 1'000'000;
// Length in bytes of one key.
constexpr size_t kMaxYamlKeyBytes = 512;

class YamlTree;

// YamlFile is the parsed documents of one file, not yet read into messages. Documents without
// content are not there.
class YamlFile {
 public:
  // Parse reports bad bytes, bad syntax and exceeded limits; any of them gives nullopt. file names
  // the text in messages.
  static std::optional<YamlFile> Parse(absl::string_view file, absl::string_view text,
                                       Diagnostics* diagnostics);
  YamlFile(YamlFile&&) noexcept;
  YamlFile& operator=(YamlFile&&) noexcept;
  ~YamlFile();

  size_t document_count() const { return documents_.size(); }

  // OpenLists puts the items of each document of kind List in its place: that is how kubectl prints
  // several objects. A List with anything else in it than they have, or in a List, stays closed. An
  // error when the items, with aliases expanded, are more than kMaxYamlNodes; false then.
  bool OpenLists(Diagnostics* diagnostics);

  // Read reads document index into out, which it clears first, and records positions in map
  // (which may be null). False when something was reported; out is then incomplete and must not be
  // used.
  bool Read(size_t index, google::protobuf::Message* out, SourceMap* map,
            Diagnostics* diagnostics) const;

  // TopLevelScalar returns the scalar at a top-level field of a document, for choosing a message
  // by `kind` before Read; nullopt when it is absent or no scalar.
  std::optional<std::string> TopLevelScalar(size_t index, absl::string_view field) const;

  // Report adds an error at the start of a document.
  void Report(size_t index, ErrorCode code, absl::string_view message, absl::string_view help,
              Diagnostics* diagnostics) const;

 private:
  YamlFile(std::shared_ptr<const SourceText> source, std::unique_ptr<const YamlTree> tree);

  std::shared_ptr<const SourceText> source_;
  std::unique_ptr<const YamlTree> tree_;
  std::vector<int32_t> documents_;  // nodes
};

// ReadYaml reads text, which must be exactly one document, into out. See YamlFile::Read.
bool ReadYaml(absl::string_view file, absl::string_view text, google::protobuf::Message* out,
              SourceMap* map, Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_YAML_READER_H_
