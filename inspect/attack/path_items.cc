#include "inspect/attack/path_items.h"

#include <algorithm>

#include "base/utf8.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

bool InWord(char c) { return IsNameByte(c) || c == '-' || c == '~' || c == '$'; }

// LetterSize is how many bytes at i are a character of a word; 0: none. Well-formed UTF-8 is some
// language's letter.
size_t LetterSize(absl::string_view text, size_t i) {
  if (InWord(text[i])) return 1;
  return IsWide(text[i]) ? DecodeRune(text.substr(i)).size : 0;
}

// OddSize is how many bytes at i may pass for a dot or a separator; 0: none.
size_t OddSize(absl::string_view text, size_t i) {
  const char c = text[i];
  if (IsWide(c)) return LetterSize(text, i) == 0 ? 1 : 0;
  if (IsControl(c) && c != '\n' && c != '\r' && c != '\t') return 1;
  if (c == '?' || c == '^') return 1;
  if (c == '%') {
    const bool unicode = At(text, i + 1) == 'u' && i + 6 <= text.size();
    if (unicode) return 6;
    return i + 3 <= text.size() && IsAlnum(text[i + 1]) && IsAlnum(text[i + 2]) ? 3 : 1;
  }
  if (c == '0' && (HasAt(text, i, "0x2f") || HasAt(text, i, "0x5c") || HasAt(text, i, "0x2e"))) {
    return 4;
  }
  return 0;
}

size_t OddEnd(absl::string_view text, size_t i) {
  while (i < text.size()) {
    const size_t size = OddSize(text, i);
    if (size == 0) break;
    i += size;
  }
  return i;
}

template <typename Predicate>
size_t RunEnd(absl::string_view text, size_t i, Predicate in_run) {
  while (i < text.size() && in_run(text[i])) ++i;
  return i;
}

// A word ends where "0x2f" and the like start within it ("etc0x2fpasswd").
size_t WordEnd(absl::string_view text, size_t i) {
  while (i < text.size() && OddSize(text, i) == 0) {
    const size_t size = LetterSize(text, i);
    if (size == 0) break;
    i += size;
  }
  return i;
}

}  // namespace

PathItem ReadPathItem(absl::string_view text, size_t at) {
  const auto item = [at](PathKind kind, size_t end) {
    return PathItem{
        .kind = kind, .begin = static_cast<uint16_t>(at), .end = static_cast<uint16_t>(end)};
  };
  if (at >= text.size()) return item(PathKind::kEnd, text.size());
  const char c = text[at];
  if (OddSize(text, at) != 0) return item(PathKind::kOdd, OddEnd(text, at));
  if (LetterSize(text, at) != 0) return item(PathKind::kWord, WordEnd(text, at));
  if (c == '.') return item(PathKind::kDots, RunEnd(text, at, [](char b) { return b == '.'; }));
  if (c == '/' || c == '\\') {
    return item(PathKind::kSeparator,
                RunEnd(text, at, [](char b) { return b == '/' || b == '\\'; }));
  }
  return item(PathKind::kOther, at + 1);
}

}  // namespace firebreak::inspect
