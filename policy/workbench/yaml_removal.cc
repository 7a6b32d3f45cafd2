#include "policy/workbench/yaml_removal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace firebreak::policy {
namespace {

// Cut is a piece of the text to leave out.
struct Cut {
  size_t begin;
  size_t end;
};

constexpr size_t kNowhere = absl::string_view::npos;

// EndOfQuoted is behind the quote that closes the one at begin.
size_t EndOfQuoted(absl::string_view text, size_t begin) {
  const char quote = text[begin];
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return i + 1;
      ++i;
    }
  }
  return kNowhere;
}

// EndInFlow is where an entry of a list in brackets ends: at its comma or the closing bracket.
size_t EndInFlow(absl::string_view text, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = EndOfQuoted(text, i);
      if (i == kNowhere) return kNowhere;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return i;
    if (c == ']' || c == '}') --depth;
    if (c == '#') return kNowhere;  // a comment within: leave it to people
    ++i;
  }
  return kNowhere;
}

std::optional<Cut> CutInFlow(absl::string_view text, size_t begin) {
  const size_t end = EndInFlow(text, begin);
  if (end == kNowhere) return std::nullopt;
  if (text[end] == ',') {
    size_t next = end + 1;
    while (next < text.size() && absl::ascii_isspace(text[next])) ++next;
    return Cut{begin, next};
  }
  // The last one goes with the comma before it.
  size_t comma = begin;
  while (comma > 0 && absl::ascii_isspace(text[comma - 1])) --comma;
  if (comma == 0 || text[comma - 1] != ',') return std::nullopt;
  return Cut{comma - 1, end};
}

size_t LineStart(absl::string_view text, size_t at) {
  const size_t feed = at == 0 ? kNowhere : text.rfind('\n', at - 1);
  return feed == kNowhere ? 0 : feed + 1;
}

size_t NextLine(absl::string_view text, size_t at) {
  const size_t feed = text.find('\n', at);
  return feed == kNowhere ? text.size() : feed + 1;
}

// Indent counts the blanks of the line at start; kNowhere for one that is empty or a comment.
size_t Indent(absl::string_view text, size_t start) {
  const size_t first = text.find_first_not_of(' ', start);
  if (first == kNowhere || text[first] == '\n' || text[first] == '\r' || text[first] == '#') {
    return kNowhere;
  }
  return first - start;
}

bool IsComment(absl::string_view text, size_t start, size_t indent) {
  const size_t first = text.find_first_not_of(' ', start);
  return first != kNowhere && text[first] == '#' && first - start == indent;
}

// CutInBlock takes the lines of an entry whose "-" is at dash.
std::optional<Cut> CutInBlock(absl::string_view text, size_t dash) {
  size_t begin = LineStart(text, dash);
  const size_t indent = dash - begin;
  if (text.find_first_not_of(' ', begin) != dash) return std::nullopt;  // "- - a"
  size_t end = NextLine(text, dash);
  // What follows and is indented further belongs to it; comments and blanks only before such.
  for (size_t line = end; line < text.size(); line = NextLine(text, line)) {
    const size_t own = Indent(text, line);
    if (own == kNowhere) continue;
    if (own <= indent) break;
    end = NextLine(text, line);
  }
  while (begin > 0) {
    const size_t above = LineStart(text, begin - 1);
    if (!IsComment(text, above, indent)) break;
    begin = above;
  }
  return Cut{begin, end};
}

std::optional<Cut> CutAt(absl::string_view text, size_t begin) {
  size_t before = begin;
  while (before > 0 && absl::ascii_isspace(text[before - 1])) --before;
  if (before == 0) return std::nullopt;
  const char c = text[before - 1];
  if (c == '-') return CutInBlock(text, before - 1);
  if (c == '[' || c == ',') return CutInFlow(text, begin);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> RemoveEntries(absl::string_view text,
                                         std::vector<config::SourcePosition> places) {
  std::vector<size_t> lines = {0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines.push_back(i + 1);
  }
  std::sort(places.begin(), places.end(),
            [](const config::SourcePosition& a, const config::SourcePosition& b) {
              return std::pair(a.line, a.offset) > std::pair(b.line, b.offset);
            });
  std::string result(text);
  for (const config::SourcePosition& place : places) {
    if (place.line < 0 || static_cast<size_t>(place.line) >= lines.size()) return std::nullopt;
    // From the end of the text to its start, so that places before stay where they are.
    const size_t begin = lines[static_cast<size_t>(place.line)] + static_cast<size_t>(place.offset);
    const std::optional<Cut> cut = CutAt(result, begin);
    if (!cut.has_value()) return std::nullopt;
    result.erase(cut->begin, cut->end - cut->begin);
  }
  return result;
}

}  // namespace firebreak::policy
