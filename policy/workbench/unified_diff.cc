#include "policy/workbench/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::policy {
namespace {

constexpr size_t kAround = 3;

// Lines splits text after each line feed; only the last line may be without one.
std::vector<absl::string_view> Lines(absl::string_view text) {
  std::vector<absl::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t size = end == absl::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

void AppendLine(char mark, absl::string_view line, std::string* diff) {
  absl::StrAppend(diff, absl::string_view(&mark, 1), line);
  if (!absl::EndsWith(line, "\n")) absl::StrAppend(diff, "\n\\ No newline at end of file\n");
}

// Range is "12,7", counted from 1; of no lines, it names the line before.
std::string Range(size_t first, size_t count) {
  return count == 1 ? absl::StrCat(first + 1)
                    : absl::StrCat(count == 0 ? first : first + 1, ",", count);
}

}  // namespace

std::string UnifiedDiff(absl::string_view file, absl::string_view before, absl::string_view after) {
  if (before == after) return "";
  const std::vector<absl::string_view> old_lines = Lines(before);
  const std::vector<absl::string_view> new_lines = Lines(after);
  const size_t shorter = std::min(old_lines.size(), new_lines.size());
  size_t same_before = 0;
  while (same_before < shorter && old_lines[same_before] == new_lines[same_before]) ++same_before;
  size_t same_after = 0;
  while (same_after < shorter - same_before && old_lines[old_lines.size() - 1 - same_after] ==
                                                   new_lines[new_lines.size() - 1 - same_after]) {
    ++same_after;
  }
  const size_t begin = same_before - std::min(same_before, kAround);
  const size_t tail = std::min(same_after, kAround);
  const size_t old_end = old_lines.size() - same_after;
  const size_t new_end = new_lines.size() - same_after;

  const bool absolute = absl::StartsWith(file, "/");
  std::string diff = absl::StrCat(
      "--- ", absolute ? "" : "a/", file, "\n+++ ", absolute ? "" : "b/", file, "\n@@ -",
      Range(begin, old_end + tail - begin), " +", Range(begin, new_end + tail - begin), " @@\n");
  for (size_t i = begin; i < same_before; ++i) AppendLine(' ', old_lines[i], &diff);
  for (size_t i = same_before; i < old_end; ++i) AppendLine('-', old_lines[i], &diff);
  for (size_t i = same_before; i < new_end; ++i) AppendLine('+', new_lines[i], &diff);
  for (size_t i = old_end; i < old_end + tail; ++i) AppendLine(' ', old_lines[i], &diff);
  return diff;
}

}  // namespace firebreak::policy
