#include "inspect/attack/text.h"

#include "absl/strings/match.h"

namespace firebreak::inspect {

size_t WordsIn(absl::string_view text) {
  size_t words = 0;
  for (size_t i = 0; i < text.size() && words < kSentence;) {
    const size_t begin = i;
    while (i < text.size() && (IsAlpha(text[i]) || IsWide(text[i]))) ++i;
    if (i > begin + 1 && (i == text.size() || !IsNameByte(text[i]))) ++words;
    while (i < text.size() && !IsBlank(text[i])) ++i;
    i = SkipBlanks(text, i);
  }
  return words;
}

bool IsPathInSentence(absl::string_view text, size_t begin, size_t end) {
  constexpr absl::string_view kMarks = ".,:;!?)";
  while (begin > 0 && !IsBlank(text[begin - 1])) --begin;
  while (end < text.size() && !IsBlank(text[end])) ++end;
  const absl::string_view path = text.substr(begin, end - begin);
  const size_t root = path.find_first_not_of('(');
  const size_t last = path.find_last_not_of(kMarks);
  if (root == absl::string_view::npos || last == absl::string_view::npos || last < root) {
    return false;
  }
  const absl::string_view bare = path.substr(root, last + 1 - root);
  const bool plain = std::all_of(bare.begin(), bare.end(), [](char c) {
    return IsNameByte(c) || absl::StrContains("/.-~:\\", c);
  });
  return plain && WordsIn(text.substr(0, begin)) + WordsIn(text.substr(end)) >= kSentence;
}

}  // namespace firebreak::inspect
