// What a baseline keeps of one value: how long it is, what characters it is made of, what it looks
// like.
#ifndef FIREBREAK_INSPECT_BASELINE_VALUE_SHAPE_H_
#define FIREBREAK_INSPECT_BASELINE_VALUE_SHAPE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Classes of characters, by number: letters, digits, space, control characters, bytes from 0x80,
// and each of the 32 punctuation characters of ASCII alone.
inline constexpr size_t kCharClasses = 37;
inline constexpr size_t kLettersClass = 0;
inline constexpr size_t kDigitsClass = 1;
inline constexpr size_t kSpacesClass = 2;
inline constexpr size_t kControlsClass = 3;
inline constexpr size_t kHighBytesClass = 4;
size_t CharClassOf(char byte);
// As explanations spell it: "letters", "`'`".
std::string CharClassName(size_t char_class);

// Types. A value can be of several: "12345678" is an integer, a number, hex and a token.
enum class ValueType : uint8_t {
  kBoolean,  // true, false, yes, no, on, off
  kInteger,
  kNumber,
  kUuid,
  kHex,   // at least 8 digits
  kDate,  // 2026-11-22, 22/11/2026, with a time or without
  kEmail,
  kToken,  // letters, digits, "_" and "-"
  kWords,  // letters, digits and spaces, in any script
};
inline constexpr size_t kValueTypes = static_cast<size_t>(ValueType::kWords) + 1;
absl::string_view ValueTypeName(ValueType type);

// ValueShape is fed one value, in pieces of any size, and then asked.
class ValueShape {
 public:
  // A value up to this size can be one of an enumeration, and is checked for the longer types.
  static constexpr size_t kKept = 96;
  static constexpr size_t kMaxPattern = 16;

  void Clear();
  void Add(absl::string_view piece);

  uint64_t size() const { return size_; }
  uint64_t classes() const { return classes_; }  // a bit a class
  // pattern: the value with each run of letters as "a", of digits as "9", words as one; cut behind
  // kMaxPattern characters, then with "~" at the end.
  absl::string_view pattern() const { return {pattern_.data(), pattern_size_}; }
  // text: the value, or its first kKept bytes.
  absl::string_view text() const { return {kept_.data(), kept_size_}; }
  bool whole() const { return kept_size_ == size_; }
  uint32_t TypeBits() const;

 private:
  void AddToPattern(char symbol);
  bool IsEmail() const;
  bool IsDate() const;

  uint64_t size_ = 0;
  uint64_t classes_ = 0;
  bool hex_ = true;
  std::array<char, kMaxPattern + 1> pattern_;
  size_t pattern_size_ = 0;
  std::array<char, kKept> kept_;
  size_t kept_size_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_VALUE_SHAPE_H_
