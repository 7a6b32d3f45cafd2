// LowerText: a reading of a field as the parsers take it, and what makes them fast.
#ifndef FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_
#define FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/attack/attack_words.h"
#include "inspect/attack/byte_class.h"

namespace firebreak::inspect {

// Needle is a text to look for, and the classes of its bytes.
struct Needle {
  consteval explicit Needle(absl::string_view what) : text(what), classes(0) {
    for (const char c : what) classes |= ByteClassOf(c);
  }

  absl::string_view text;
  uint32_t classes;
};

// Needles makes a list of them, in the compiler.
template <typename... Texts>
consteval std::array<Needle, sizeof...(Texts)> Needles(const Texts&... texts) {
  return {Needle(absl::string_view(texts))...};
}

// A text in lower case, which classes of bytes it has, and of which groups of words. The parsers
// ask for some 300 words; that a text has none of a group, as nearly all texts have of nearly all
// groups, is known after one pass for all of them.
class LowerText {
 public:
  void Set(absl::string_view text) { Set(text, ClassesOf(text)); }
  // `classes`: ClassesOf(text)
  void Set(absl::string_view text, uint32_t classes);

  absl::string_view text() const { return lower_; }
  uint32_t classes() const { return classes_; }
  // False: no word of the group is in the text.
  bool Has(WordGroup group) const { return (groups_ >> static_cast<unsigned>(group) & 1U) != 0; }
  // False: the needle is not in the text.
  bool MayHold(const Needle& needle) const { return (needle.classes & ~classes_) == 0; }
  // Find is text().find(needle), which is to be in lower case.
  size_t Find(const Needle& needle) const {
    return MayHold(needle) ? text().find(needle.text) : absl::string_view::npos;
  }

 private:
  std::string lower_;
  uint32_t classes_ = 0;
  uint32_t groups_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_LOWER_TEXT_H_
