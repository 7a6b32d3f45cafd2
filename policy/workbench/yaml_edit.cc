#include "policy/workbench/yaml_edit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "policy/workbench/yaml_entry.h"

namespace firebreak::policy {
namespace {

absl::string_view LineBreakOf(absl::string_view text) {
  const size_t feed = text.find('\n');
  return feed != text.npos && feed > 0 && text[feed - 1] == '\r' ? "\r\n" : "\n";
}

// WithLines makes an entry whole lines, those of the comment right above it among them.
bool WithLines(absl::string_view text, YamlEntry* entry) {
  const size_t dash = entry->begin;
  entry->begin = LineStart(text, dash);
  const size_t indent = dash - entry->begin;
  if (text.find_first_not_of(' ', entry->begin) != dash) return false;  // "- - a"
  while (entry->begin > 0) {
    const size_t above = LineStart(text, entry->begin - 1);
    const size_t first = text.find_first_not_of(' ', above);
    if (text[first] != '#' || first - above != indent) break;
    entry->begin = above;
  }
  return true;
}

// WithComma takes in the comma behind an entry in brackets; the last one goes with that before it.
bool WithComma(absl::string_view text, YamlEntry* entry) {
  const auto behind_blanks = [text](size_t at) {
    while (at < text.size() && absl::ascii_isspace(text[at])) ++at;
    return at;
  };
  entry->end = behind_blanks(entry->end);
  if (absl::StartsWith(text.substr(entry->end), ",")) {
    entry->end = behind_blanks(entry->end + 1);
    return true;
  }
  while (entry->begin > 0 && absl::ascii_isspace(text[entry->begin - 1])) --entry->begin;
  if (entry->begin == 0 || text[entry->begin - 1] != ',') return false;
  --entry->begin;
  return absl::StartsWith(text.substr(entry->end), "]");
}

}  // namespace

std::optional<std::string> AppendEntry(absl::string_view text, config::SourcePosition last,
                                       const NewEntry& entry) {
  const std::optional<YamlEntry> before = FindEntry(text, last);
  if (!before.has_value()) return std::nullopt;
  const absl::string_view kept = text.substr(0, before->end);
  if (!before->block) return absl::StrCat(kept, ", ", entry.flow, text.substr(before->end));
  const absl::string_view line_break = LineBreakOf(text);
  const std::string indent(before->begin - LineStart(text, before->begin), ' ');
  std::string added = absl::EndsWith(kept, "\n") ? "" : std::string(line_break);
  for (size_t i = 0; i < entry.block.size(); ++i) {
    absl::StrAppend(&added, indent, i == 0 ? "- " : "  ", entry.block[i], line_break);
  }
  return absl::StrCat(kept, added, text.substr(before->end));
}

std::string AppendDocument(absl::string_view text, absl::string_view document) {
  const absl::string_view line_break = LineBreakOf(text);
  std::string result(text);
  if (!result.empty() && !absl::EndsWith(result, "\n")) absl::StrAppend(&result, line_break);
  absl::StrAppend(&result, "---", line_break, absl::StrReplaceAll(document, {{"\n", line_break}}));
  return result;
}

std::optional<std::string> RemoveEntries(absl::string_view text,
                                         std::vector<config::SourcePosition> places) {
  // From the end of the text to its start, so that places before stay where they are.
  std::sort(places.begin(), places.end(),
            [](const config::SourcePosition& a, const config::SourcePosition& b) {
              return std::pair(a.line, a.offset) > std::pair(b.line, b.offset);
            });
  std::string result(text);
  for (const config::SourcePosition& place : places) {
    std::optional<YamlEntry> entry = FindEntry(result, place);
    if (!entry.has_value()) return std::nullopt;
    if (!(entry->block ? WithLines(result, &*entry) : WithComma(result, &*entry))) {
      return std::nullopt;
    }
    result.erase(entry->begin, entry->end - entry->begin);
  }
  return result;
}

}  // namespace firebreak::policy
