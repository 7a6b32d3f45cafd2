// LowerText: a reading of a field as the parsers take it, and what makes them fast.
#ifndef FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_
#define FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

constexpr char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// PairOf numbers two bytes that follow each other, without regard to case; pairs of letters have
// numbers of their own.
inline constexpr size_t kPairs = 4096;
constexpr uint16_t PairOf(char first, char second) {
  const unsigned high = static_cast<uint8_t>(LowerOf(first)) << 5U;
  return static_cast<uint16_t>((high ^ static_cast<uint8_t>(LowerOf(second))) & (kPairs - 1));
}

// Needle is a text of two bytes or more to look for, and three of its pairs.
struct Needle {
  constexpr explicit Needle(absl::string_view what)
      : text(what),
        pairs{PairOf(what[0], what[1]), PairOf(what[what.size() / 2 - 1], what[what.size() / 2]),
              PairOf(what[what.size() - 2], what[what.size() - 1])} {}

  absl::string_view text;
  std::array<uint16_t, 3> pairs;
};

// Needles makes a list of them, in the compiler.
template <typename... Texts>
constexpr std::array<Needle, sizeof...(Texts)> Needles(const Texts&... texts) {
  return {Needle(absl::string_view(texts))...};
}

// One pass over a text puts it in lower case and notes which classes of bytes and which pairs of
// bytes it has. The parsers ask for some 200 words; what a text has none of the pairs of is not in
// it, and that is known for nearly all words after one look.
class LowerText {
 public:
  void Set(absl::string_view text);

  absl::string_view text() const { return lower_; }
  uint32_t classes() const { return classes_; }  // ClassesOf(text())
  // False: the needle is not in the text, in upper or lower case.
  bool MayHold(const Needle& needle) const {
    return marks_[needle.pairs[0]] == mark_ && marks_[needle.pairs[1]] == mark_ &&
           marks_[needle.pairs[2]] == mark_;
  }
  // Find is text().find(needle), which is to be in lower case.
  size_t Find(const Needle& needle) const {
    return MayHold(needle) ? text().find(needle.text) : absl::string_view::npos;
  }

 private:
  std::string lower_;
  uint32_t classes_ = 0;
  // A pair is in the text when its mark is that of the text: so nothing is cleared for the next.
  uint8_t mark_ = 0;
  std::array<uint8_t, kPairs> marks_{};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_
