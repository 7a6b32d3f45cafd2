#include "policy/workbench/yaml_edit.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace firebreak::policy {
namespace {

constexpr size_t kNone = absl::string_view::npos;

absl::string_view LineBreakOf(absl::string_view text) {
  const size_t feed = text.find('\n');
  return feed != kNone && feed > 0 && text[feed - 1] == '\r' ? "\r\n" : "\n";
}

size_t OffsetOf(absl::string_view text, config::SourcePosition position) {
  size_t at = 0;
  for (int line = 0; line < position.line; ++line) {
    at = text.find('\n', at);
    if (at == kNone) return kNone;
    ++at;
  }
  at += static_cast<size_t>(position.offset);
  return at < text.size() ? at : kNone;
}

size_t LineStart(absl::string_view text, size_t at) {
  const size_t feed = at == 0 ? kNone : text.rfind('\n', at - 1);
  return feed == kNone ? 0 : feed + 1;
}

// LineEnd is behind the line feed.
size_t LineEnd(absl::string_view text, size_t at) {
  const size_t feed = text.find('\n', at);
  return feed == kNone ? text.size() : feed + 1;
}

// EndOfQuoted takes the offset of the opening quote and returns the one behind the closing.
size_t EndOfQuoted(absl::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '\'' && i + 1 < text.size() && text[i + 1] == '\'') {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return kNone;
}

bool BeginsComment(absl::string_view text, size_t at) {
  return text[at] == '#' &&
         (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\n');
}

// EndOfFlow returns the offset behind a node that begins at `at` within a flow collection.
size_t EndOfFlow(absl::string_view text, size_t at) {
  if (text[at] == '"' || text[at] == '\'') return EndOfQuoted(text, at);
  int depth = 0;
  size_t last = at;  // behind the last character that is no blank
  for (size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    const bool opens = c == '[' || c == '{';
    const bool closes = c == ']' || c == '}';
    if (depth == 0 && (closes || c == ',')) return last;
    if (opens) ++depth;
    if (closes && --depth == 0) return i + 1;
    if (depth > 0 && (c == '"' || c == '\'')) {
      i = EndOfQuoted(text, i);
      if (i == kNone) return kNone;
      --i;
    } else if (BeginsComment(text, i)) {
      i = LineEnd(text, i) - 1;
      continue;
    }
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') last = i + 1;
  }
  return kNone;
}

// DashBefore is the offset of the "- " that makes the node at `at` an entry of a block list.
size_t DashBefore(absl::string_view text, size_t at) {
  const size_t start = LineStart(text, at);
  size_t i = at;
  while (i > start && text[i - 1] == ' ') --i;
  const bool dash = i > start && i < at && text[i - 1] == '-';
  if (!dash) return kNone;
  // What stands before is blank, or the dash of an enclosing list.
  for (size_t k = start; k + 1 < i; ++k) {
    if (text[k] != ' ' && text[k] != '-') return kNone;
  }
  return i - 1;
}

// EndOfBlockEntry is behind the last line that belongs to the entry whose dash is at `dash`.
size_t EndOfBlockEntry(absl::string_view text, size_t dash) {
  const size_t column = dash - LineStart(text, dash);
  size_t end = LineEnd(text, dash);
  for (size_t next = end; next < text.size();) {
    const size_t line_end = LineEnd(text, next);
    const absl::string_view line = text.substr(next, line_end - next);
    const size_t indent = line.find_first_not_of(" \r\n");
    const bool blank = indent == kNone;
    if (!blank && indent <= column) break;
    next = line_end;
    if (!blank && line[indent] != '#') end = line_end;
  }
  return end;
}

}  // namespace

std::optional<std::string> AppendEntry(absl::string_view text, config::SourcePosition last,
                                       const NewEntry& entry) {
  const size_t at = last.line < 0 ? kNone : OffsetOf(text, last);
  if (at == kNone) return std::nullopt;
  const size_t dash = DashBefore(text, at);
  if (dash == kNone) {
    const size_t end = EndOfFlow(text, at);
    if (end == kNone) return std::nullopt;
    return absl::StrCat(text.substr(0, end), ", ", entry.flow, text.substr(end));
  }
  const absl::string_view line_break = LineBreakOf(text);
  const size_t end = EndOfBlockEntry(text, dash);
  const std::string indent(dash - LineStart(text, dash), ' ');
  std::string added = absl::EndsWith(text.substr(0, end), "\n") ? "" : std::string(line_break);
  for (size_t i = 0; i < entry.block.size(); ++i) {
    absl::StrAppend(&added, indent, i == 0 ? "- " : "  ", entry.block[i], line_break);
  }
  return absl::StrCat(text.substr(0, end), added, text.substr(end));
}

std::string AppendDocument(absl::string_view text, absl::string_view document) {
  const absl::string_view line_break = LineBreakOf(text);
  std::string result(text);
  if (!result.empty() && !absl::EndsWith(result, "\n")) absl::StrAppend(&result, line_break);
  absl::StrAppend(&result, "---", line_break, absl::StrReplaceAll(document, {{"\n", line_break}}));
  return result;
}

}  // namespace firebreak::policy
