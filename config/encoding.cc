#include "config/encoding.h"

#include <cstdint>

namespace firebreak::config {
namespace {

constexpr absl::string_view kNotUtf8 = "not UTF-8";

struct Rune {
  uint32_t code = 0;
  size_t size = 0;  // 0: not UTF-8
};

// DecodeLong reads a character of two to four bytes (RFC 3629: no overlong form, no surrogate).
Rune DecodeLong(absl::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  uint32_t code = first & (0x7fU >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    code = (code << 6) | (next & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[size] || code > 0x10ffff || surrogate) return {};
  return {code, size};
}

absl::string_view WrongWithLong(uint32_t code) {
  if (code < 0xa0) return "a control character";
  const bool bidirectional = code == 0x061c || code == 0x200e || code == 0x200f ||
                             (code >= 0x202a && code <= 0x202e) ||
                             (code >= 0x2066 && code <= 0x2069);
  return bidirectional ? "an invisible character that reorders text" : "";
}

absl::string_view WrongWithAscii(absl::string_view text) {
  const char c = text[0];
  if (c == '\0') return "a NUL";
  if (c == '\t' || c == '\n') return "";
  if (c == '\r') return text.size() > 1 && text[1] == '\n' ? "" : "a carriage return alone";
  return c < 0x20 || c == 0x7f ? "a control character" : "";
}

}  // namespace

std::optional<BadByte> FindBadByte(absl::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    const absl::string_view rest = text.substr(offset);
    size_t size = 1;
    absl::string_view wrong;
    if (static_cast<uint8_t>(rest[0]) < 0x80) {
      wrong = WrongWithAscii(rest);
    } else {
      const Rune rune = DecodeLong(rest);
      wrong = rune.size == 0 ? kNotUtf8 : WrongWithLong(rune.code);
      size = rune.size;
    }
    if (!wrong.empty()) return BadByte{offset, wrong};
    offset += size;
  }
  return std::nullopt;
}

}  // namespace firebreak::config
