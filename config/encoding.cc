#include "config/encoding.h"

#include <cstdint>

#include "base/utf8.h"

namespace firebreak::config {
namespace {

constexpr absl::string_view kNotUtf8 = "not UTF-8";

absl::string_view WrongWithLong(uint32_t code) {
  if (IsControl(code)) return "a control character";
  return IsBidirectionalControl(code) ? "an invisible character that reorders text" : "";
}

absl::string_view WrongWithAscii(absl::string_view text) {
  const char c = text[0];
  if (c == '\0') return "a NUL";
  if (c == '\t' || c == '\n') return "";
  if (c == '\r') return text.size() > 1 && text[1] == '\n' ? "" : "a carriage return alone";
  return IsControl(static_cast<uint8_t>(c)) ? "a control character" : "";
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
      const Rune rune = DecodeRune(rest);
      wrong = rune.size == 0 ? kNotUtf8 : WrongWithLong(rune.code);
      size = rune.size;
    }
    if (!wrong.empty()) return BadByte{offset, wrong};
    offset += size;
  }
  return std::nullopt;
}

}  // namespace firebreak::config
