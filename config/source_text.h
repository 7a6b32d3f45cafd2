// The text of one file with its lines found, so that a byte offset in a line becomes a position
// people can use.
#ifndef FIREBREAK_CONFIG_SOURCE_TEXT_H_
#define FIREBREAK_CONFIG_SOURCE_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"

namespace firebreak::config {

// SourcePosition is a place in a SourceText: line 0-based, offset in bytes into that line. The
// default, line -1, is the whole file.
struct SourcePosition {
  int line = -1;
  int offset = 0;

  friend bool operator==(const SourcePosition& a, const SourcePosition& b) {
    return a.line == b.line && a.offset == b.offset;
  }
};

// SourceText owns the text of one file. Immutable.
class SourceText {
 public:
  SourceText(absl::string_view file, absl::string_view text);

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }

  // Line returns a line without its line break, or "" when there is no such line.
  absl::string_view Line(int line) const;
  // PositionOf turns an offset in bytes into the whole text into a position.
  SourcePosition PositionOf(size_t offset) const;

  // Report adds a diagnostic at position, with line, column and source line filled in. Once
  // diagnostics is full it only counts: finding the column costs the length of the line.
  void Report(SourcePosition position, ErrorCode code, absl::string_view message,
              absl::string_view help, Diagnostics* diagnostics,
              Severity severity = Severity::kError) const;

 private:
  void Locate(SourcePosition position, Diagnostic* diagnostic) const;

  std::string file_;
  std::string text_;
  std::vector<size_t> line_starts_;
};

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_SOURCE_TEXT_H_
