#include "policy/workbench/yaml_entry.h"

#include "absl/strings/ascii.h"

namespace firebreak::policy {
namespace {

constexpr size_t kNone = absl::string_view::npos;

size_t OffsetOf(absl::string_view text, config::SourcePosition place) {
  if (place.line < 0) return kNone;
  size_t at = 0;
  for (int line = 0; line < place.line; ++line) at = NextLine(text, at);
  at += static_cast<size_t>(place.offset);
  return at < text.size() ? at : kNone;
}

// DashBefore is the offset of the dash that makes the node at `at` an entry of a block list. What
// stands before that is blank, or the dash of an enclosing list.
size_t DashBefore(absl::string_view text, size_t at) {
  size_t behind = at;
  while (behind > 0 && absl::ascii_isspace(text[behind - 1])) --behind;
  if (behind == 0 || behind == at || text[behind - 1] != '-') return kNone;
  const size_t dash = behind - 1;
  for (size_t i = LineStart(text, dash); i < dash; ++i) {
    if (text[i] != ' ' && text[i] != '-') return kNone;
  }
  return dash;
}

// EndOfBlock is behind the last line of the entry whose dash this is. What follows and is indented
// further belongs to it; comments and empty lines only before such.
size_t EndOfBlock(absl::string_view text, size_t dash) {
  const size_t column = dash - LineStart(text, dash);
  size_t end = NextLine(text, dash);
  for (size_t line = end; line < text.size(); line = NextLine(text, line)) {
    const size_t first = text.find_first_not_of(" \r", line);
    if (first == kNone || text[first] == '\n' || text[first] == '#') continue;
    if (first - line <= column) break;
    end = NextLine(text, line);
  }
  return end;
}

bool BeginsComment(absl::string_view text, size_t at) {
  return text[at] == '#' && (at == 0 || absl::ascii_isspace(text[at - 1]));
}

// EndInBrackets is behind the last character of a node within brackets.
size_t EndInBrackets(absl::string_view text, size_t begin) {
  int depth = 0;
  bool token_start = true;  // a quote here opens a scalar
  size_t end = begin;
  for (size_t i = begin; i < text.size();) {
    const char c = text[i];
    if (BeginsComment(text, i)) {
      i = NextLine(text, i);
    } else if (absl::ascii_isspace(c)) {
      ++i;
    } else if (token_start && (c == '"' || c == '\'')) {
      end = i = EndOfQuoted(text, i);
      token_start = false;
    } else {
      const bool closes = c == ']' || c == '}';
      if (depth == 0 && (closes || c == ',')) return end;
      const bool opens = c == '[' || c == '{';
      depth += static_cast<int>(opens) - static_cast<int>(closes);
      token_start = opens || c == ',' || c == ':';
      end = ++i;
    }
  }
  return kNone;
}

}  // namespace

std::optional<YamlEntry> FindEntry(absl::string_view text, config::SourcePosition place) {
  const size_t at = OffsetOf(text, place);
  if (at == kNone) return std::nullopt;
  const size_t dash = DashBefore(text, at);
  if (dash != kNone) return YamlEntry{dash, EndOfBlock(text, dash), true};
  const size_t end = EndInBrackets(text, at);
  if (end == kNone) return std::nullopt;
  return YamlEntry{at, end, false};
}

size_t LineStart(absl::string_view text, size_t at) {
  const size_t feed = at == 0 ? kNone : text.rfind('\n', at - 1);
  return feed == kNone ? 0 : feed + 1;
}

size_t NextLine(absl::string_view text, size_t at) {
  const size_t feed = text.find('\n', at);
  return feed == kNone ? text.size() : feed + 1;
}

size_t EndOfQuoted(absl::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return i + 1;
      ++i;
    }
  }
  return kNone;
}

}  // namespace firebreak::policy
