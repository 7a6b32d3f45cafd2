// Where each field of a message came from, for errors found after the file was read.
#ifndef FIREBREAK_CONFIG_SOURCE_MAP_H_
#define FIREBREAK_CONFIG_SOURCE_MAP_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "config/source_text.h"

namespace firebreak::config {

// SourceMap maps field paths to positions. A path is spelled as in error messages:
// "spec.rules[0].from[0].source.principals[1]", "limits[connect_timeout_ms]" for an entry of a map,
// "" for the document. A scalar's position is that of its value; that of a map or list is its key
// (or, as a list element, its own start). Cheap to move, copies share the text. Not thread-safe.
class SourceMap {
 public:
  SourceMap() = default;
  explicit SourceMap(std::shared_ptr<const SourceText> source) : source_(std::move(source)) {}

  void Record(std::string path, SourcePosition position);

  // Contains says whether the file names the path at all, which an empty list in the message
  // cannot tell: `from: []` and an absent `from` differ only here.
  bool Contains(absl::string_view path) const { return positions_.contains(path); }

  // Find returns the position of path or of the nearest enclosing path that is known.
  SourcePosition Find(absl::string_view path) const;

  // Report adds an error at path; Warn a warning.
  void Report(absl::string_view path, ErrorCode code, absl::string_view message,
              absl::string_view help, Diagnostics* diagnostics) const;
  void Warn(absl::string_view path, ErrorCode code, absl::string_view message,
            absl::string_view help, Diagnostics* diagnostics) const;

  // file returns the name of the file, "" for a default-constructed map.
  absl::string_view file() const { return source_ ? source_->file() : absl::string_view(); }

 private:
  std::shared_ptr<const SourceText> source_;
  absl::flat_hash_map<std::string, SourcePosition> positions_;
};

// DisplayPath returns path as messages show it: without the leading "spec." that every field of a
// Kubernetes-style document has.
absl::string_view DisplayPath(absl::string_view path);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_SOURCE_MAP_H_
