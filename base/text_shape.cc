#include "base/text_shape.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace firebreak {
namespace {

enum CharClass : uint8_t { kLetter = 1, kDigit = 2, kUpper = 4, kHex = 8 };

// Every path of every flow record goes through here, character by character.
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t c = '0'; c <= '9'; ++c) classes[c] = kDigit | kHex;
  for (size_t c = 'a'; c <= 'z'; ++c) classes[c] = c <= 'f' ? kLetter | kHex : kLetter;
  for (size_t c = 'A'; c <= 'Z'; ++c) classes[c] = (c <= 'F' ? kLetter | kHex : kLetter) | kUpper;
  return classes;
}();

}  // namespace

TextShape ShapeOf(absl::string_view text) {
  TextShape shape;
  unsigned before = 0;
  for (const char c : text) {
    const unsigned classes = kClasses[static_cast<uint8_t>(c)];
    const unsigned kind = classes & (kLetter | kDigit);
    shape.letters += kind == kLetter ? 1 : 0;
    shape.digits += kind == kDigit ? 1 : 0;
    shape.others += kind == 0 ? 1 : 0;
    shape.upper += (classes & kUpper) != 0 ? 1 : 0;
    shape.hex += (classes & kHex) != 0 ? 1 : 0;
    shape.switches += (kind | before) == (kLetter | kDigit) ? 1 : 0;
    before = kind;
  }
  return shape;
}

bool StartsWithUuid(absl::string_view text) {
  if (text.size() < kUuidSize) return false;
  for (size_t i = 0; i < kUuidSize; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return text.size() == kUuidSize || !absl::ascii_isalnum(text[kUuidSize]);
}

}  // namespace firebreak
