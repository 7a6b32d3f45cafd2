// What the parsers of this folder share about text.
#ifndef FIREBREAK_INSPECT_ATTACK_TEXT_H_
#define FIREBREAK_INSPECT_ATTACK_TEXT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

inline bool IsAlpha(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
inline bool IsWide(char c) { return static_cast<uint8_t>(c) >= 0x80; }
inline bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
inline bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; }
// A letter, digit or underscore: what names are made of nearly everywhere.
inline bool IsNameByte(char c) { return IsAlnum(c) || c == '_'; }

// At is the byte at i, or NUL beyond the end.
inline char At(absl::string_view text, size_t i) { return i < text.size() ? text[i] : '\0'; }

inline size_t SkipBlanks(absl::string_view text, size_t i) {
  while (i < text.size() && IsBlank(text[i])) ++i;
  return i;
}

// NameEnd is where the run of name bytes that starts at i ends.
inline size_t NameEnd(absl::string_view text, size_t i) {
  while (i < text.size() && IsNameByte(text[i])) ++i;
  return i;
}

// NameBefore is the run of name bytes that ends at `end`.
inline absl::string_view NameBefore(absl::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && IsNameByte(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// BeginsString tells whether the quote stands where a string with something in it begins: name="x",
// in ('x', the 'x'.
inline bool BeginsString(absl::string_view text, size_t quote) {
  constexpr absl::string_view kBefore = "=(,:[{<>~!";
  const char before = quote == 0 ? ' ' : text[quote - 1];
  const char after = At(text, quote + 1);
  return !IsBlank(after) && after != text[quote] &&
         (IsBlank(before) || kBefore.find(before) != absl::string_view::npos);
}

// So many words are of a sentence.
inline constexpr size_t kSentence = 3;

// WordsIn counts words of letters with blanks around them, up to kSentence.
size_t WordsIn(absl::string_view text);

// IsPathInSentence tells whether what stands from begin to end is of a path with blanks around it,
// but for marks of a sentence, and words beside it.
bool IsPathInSentence(absl::string_view text, size_t begin, size_t end);

// HasAt tells whether `what` stands at i.
inline bool HasAt(absl::string_view text, size_t i, absl::string_view what) {
  return i <= text.size() && text.substr(i, what.size()) == what;
}

// Calls `visit(position)` for each place of `what`, a text or a byte, until it returns true.
template <typename What, typename Visit>
void ForEach(absl::string_view text, What what, Visit visit) {
  for (size_t at = text.find(what); at != absl::string_view::npos; at = text.find(what, at + 1)) {
    if (visit(at)) return;
  }
}
template <typename Visit>
void ForEach(const View& view, const Needle& needle, Visit visit) {
  if (view.lower.MayHold(needle)) ForEach(view.text, needle.text, visit);
}

// Ahead answers where the next `what`, a text or a byte, is, from places that only go up. All its
// answers together cost one pass over the text; a search from each place would pass over the rest
// of it each time.
template <typename What>
class Ahead {
 public:
  Ahead(absl::string_view text, What what) : text_(text), what_(what) {}

  // Npos beyond the last; `i` is not below that of the call before.
  size_t From(size_t i) {
    if (!asked_ || at_ < i) at_ = text_.find(what_, i);
    asked_ = true;
    return at_;
  }

 private:
  absl::string_view text_;
  What what_;
  size_t at_ = 0;
  bool asked_ = false;
};

// The same for several bytes at once, whichever comes first. Most of them are in few texts, so that
// one search says that they do not come at all.
template <size_t kCount>
class AheadOfAny {
 public:
  template <typename... Bytes>
  explicit AheadOfAny(absl::string_view text, Bytes... bytes)
      : size_(text.size()), bytes_{Ahead<char>(text, bytes)...} {}

  // The size of the text beyond the last; `i` is not below that of the call before.
  size_t From(size_t i) {
    size_t next = size_;
    for (Ahead<char>& byte : bytes_) next = std::min(next, byte.From(i));
    return next;
  }

 private:
  size_t size_;
  std::array<Ahead<char>, kCount> bytes_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_TEXT_H_
