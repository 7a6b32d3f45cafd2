#include "base/escape.h"

#include <cstdint>

#include "absl/strings/str_format.h"

namespace firebreak {
namespace {

struct Rune {
  uint32_t code = 0;
  size_t size = 0;  // 0: the first byte is not the start of valid UTF-8
};

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// DecodeRune reads one code point (RFC 3629: no overlong form, no surrogate, at most U+10FFFF).
Rune DecodeRune(absl::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return {first, 1};
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  uint32_t code = first & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[i])) return {};
    code = (code << 6) | (static_cast<uint8_t>(text[i]) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, size};
}

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool ReordersText(uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

void AppendJsonRune(const Rune& rune, absl::string_view bytes, std::string* out) {
  if (rune.code == '"' || rune.code == '\\') {
    out->push_back('\\');
    out->push_back(static_cast<char>(rune.code));
  } else if (rune.code == '\n') {
    out->append("\\n");
  } else if (IsControl(rune.code) || rune.code == 0x2028 || rune.code == 0x2029) {
    absl::StrAppendFormat(out, "\\u%04x", rune.code);
  } else {
    out->append(bytes.data(), bytes.size());
  }
}

}  // namespace

void AppendJsonString(absl::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.size == 0) {
      out->append("\xef\xbf\xbd");
      text.remove_prefix(1);
      continue;
    }
    AppendJsonRune(rune, text.substr(0, rune.size), out);
    text.remove_prefix(rune.size);
  }
  out->push_back('"');
}

std::string PrintableEscaped(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.size == 0) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<uint8_t>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (IsControl(rune.code)) {
      absl::StrAppendFormat(&out, "\\x%02x", rune.code);
    } else if (ReordersText(rune.code)) {
      absl::StrAppendFormat(&out, "\\u{%04x}", rune.code);
    } else {
      out.append(text.data(), rune.size);
    }
    text.remove_prefix(rune.size);
  }
  return out;
}

}  // namespace firebreak
