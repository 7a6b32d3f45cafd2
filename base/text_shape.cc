#include "base/text_shape.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace firebreak {
namespace {

constexpr unsigned kLetter = 1;
constexpr unsigned kDigit = 2;

// Every path of every flow record goes through here, character by character. A character counts in
// four lanes of one word at once, from its low end: letters, upper case, digits, hex digits.
struct Char {
  uint64_t counts = 0;
  unsigned kind = 0;  // kLetter, kDigit, or neither
};
constexpr unsigned kLaneBits = 16;
constexpr size_t kLaneMost = (size_t{1} << kLaneBits) - 1;

constexpr size_t Lane(uint64_t counts, unsigned lane) {
  return static_cast<size_t>(counts >> lane * kLaneBits) & kLaneMost;
}

constexpr std::array<Char, 256> kChars = [] {
  std::array<Char, 256> chars{};
  for (size_t c = 0; c < chars.size(); ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z');
    const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    chars[c].kind = (letter ? kLetter : 0) | (digit ? kDigit : 0);
    chars[c].counts = uint64_t{letter} | uint64_t{upper} << kLaneBits |
                      uint64_t{digit} << 2 * kLaneBits | uint64_t{hex} << 3 * kLaneBits;
  }
  return chars;
}();

const Char& Of(char c) { return kChars[static_cast<uint8_t>(c)]; }

}  // namespace

TextShape ShapeOf(absl::string_view text) {
  TextShape shape;
  unsigned before = 0;
  for (size_t begin = 0; begin < text.size(); begin += kLaneMost) {
    uint64_t counts = 0;
    for (const char c : text.substr(begin, kLaneMost)) {
      counts += Of(c).counts;
      shape.switches += (Of(c).kind | before) == (kLetter | kDigit) ? 1 : 0;
      before = Of(c).kind;
    }
    shape.letters += Lane(counts, 0);
    shape.upper += Lane(counts, 1);
    shape.digits += Lane(counts, 2);
    shape.hex += Lane(counts, 3);
  }
  shape.others = text.size() - shape.letters - shape.digits;
  return shape;
}

bool StartsWithUuid(absl::string_view text) {
  if (text.size() < kUuidSize) return false;
  // The hyphens tell at once of nearly everything that it is none.
  constexpr std::array<size_t, 4> kHyphens = {8, 13, 18, 23};
  const char* const at = text.data();
  for (const size_t hyphen : kHyphens) {
    if (at[hyphen] != '-') return false;
  }
  if (text.size() > kUuidSize && absl::ascii_isalnum(at[kUuidSize])) return false;
  uint64_t counts = 0;
  for (size_t i = 0; i < kUuidSize; ++i) counts += Of(at[i]).counts;
  return Lane(counts, 3) == kUuidSize - kHyphens.size();
}

}  // namespace firebreak
