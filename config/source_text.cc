#include "config/source_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::config {
namespace {

// A longer line is shown as a window around the position.
constexpr size_t kMaxShown = 160;
constexpr size_t kShownBefore = 60;
constexpr absl::string_view kCut = "...";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// RuneStart moves offset back to the start of the character it is in.
size_t RuneStart(absl::string_view text, size_t offset) {
  while (offset > 0 && offset < text.size() && IsContinuation(text[offset])) --offset;
  return offset;
}

void ShowWindow(absl::string_view line, size_t offset, Diagnostic* diagnostic) {
  if (line.size() <= kMaxShown) {
    diagnostic->source_line = std::string(line);
    diagnostic->caret = static_cast<int>(offset);
    return;
  }
  const size_t begin = RuneStart(line, offset > kShownBefore ? offset - kShownBefore : 0);
  const size_t end = RuneStart(line, std::min(line.size(), begin + kMaxShown));
  const absl::string_view head = begin > 0 ? kCut : "";
  const absl::string_view tail = end < line.size() ? kCut : "";
  diagnostic->source_line = absl::StrCat(head, line.substr(begin, end - begin), tail);
  diagnostic->caret = static_cast<int>(head.size() + offset - begin);
}

}  // namespace

SourceText::SourceText(absl::string_view file, absl::string_view text) : file_(file), text_(text) {
  line_starts_.push_back(0);
  for (size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

absl::string_view SourceText::Line(int line) const {
  const auto index = static_cast<size_t>(line);
  if (line < 0 || index >= line_starts_.size()) return "";
  const size_t begin = line_starts_[index];
  const size_t end = index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  absl::string_view found = absl::string_view(text_).substr(begin, end - begin);
  if (absl::EndsWith(found, "\r")) found.remove_suffix(1);
  return found;
}

SourcePosition SourceText::PositionOf(size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<int>(after - line_starts_.begin()) - 1;
  return {line, static_cast<int>(offset - line_starts_[static_cast<size_t>(line)])};
}

void SourceText::Report(SourcePosition position, ErrorCode code, absl::string_view message,
                        absl::string_view help, Diagnostics* diagnostics, Severity severity) const {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  if (!diagnostics->full(severity)) {
    diagnostic.code = code;
    diagnostic.file = file_;
    diagnostic.message = std::string(message);
    diagnostic.help = std::string(help);
    Locate(position, &diagnostic);
  }
  diagnostics->Add(std::move(diagnostic));
}

void SourceText::Locate(SourcePosition position, Diagnostic* diagnostic) const {
  if (position.line < 0) return;
  const absl::string_view line = Line(position.line);
  const size_t offset = std::min(line.size(), static_cast<size_t>(std::max(position.offset, 0)));
  const absl::string_view before = line.substr(0, offset);
  const auto continuations = std::count_if(before.begin(), before.end(), IsContinuation);
  diagnostic->line = position.line + 1;
  diagnostic->column = 1 + static_cast<int>(before.size()) - static_cast<int>(continuations);
  ShowWindow(line, offset, diagnostic);
}

}  // namespace firebreak::config
