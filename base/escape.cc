#include "base/escape.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_format.h"

#include "base/utf8.h"

namespace firebreak {
namespace {

// kPlain has the bytes that stand for themselves in JSON: printable ASCII but for two.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = ' '; c <= '~'; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// MayHoldOdd looks at eight bytes at once: false is certain, true is for kPlain to look at.
bool MayHoldOdd(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = kOnes * 0x80;
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  const auto zero_where = [word](uint64_t byte) {
    const uint64_t differs = word ^ (kOnes * byte);
    return (differs - kOnes) & ~differs;
  };
  const uint64_t control_or_high = (word - kOnes * ' ') | word;
  return ((control_or_high | zero_where('"') | zero_where('\\') | zero_where(0x7f)) & kHighBits) !=
         0;
}

size_t PlainSize(absl::string_view text) {
  size_t size = 0;
  while (text.size() - size >= sizeof(uint64_t) && !MayHoldOdd(text.data() + size)) {
    size += sizeof(uint64_t);
  }
  while (size < text.size() && kPlain[static_cast<uint8_t>(text[size])]) ++size;
  return size;
}

bool IsLineSeparator(uint32_t code) { return code == 0x2028 || code == 0x2029; }

void AppendJsonRune(const Rune& rune, absl::string_view bytes, std::string* out) {
  if (rune.code == '"' || rune.code == '\\') {
    out->push_back('\\');
    out->push_back(static_cast<char>(rune.code));
  } else if (rune.code == '\n') {
    out->append("\\n");
  } else if (IsControl(rune.code) || IsLineSeparator(rune.code)) {
    absl::StrAppendFormat(out, "\\u%04x", rune.code);
  } else {
    out->append(bytes.data(), bytes.size());
  }
}

}  // namespace

void AppendJsonString(absl::string_view text, std::string* out) {
  out->push_back('"');
  while (true) {
    const size_t plain = PlainSize(text);
    out->append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
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
    } else if (IsBidirectionalControl(rune.code) || IsLineSeparator(rune.code)) {
      absl::StrAppendFormat(&out, "\\u{%04x}", rune.code);
    } else {
      out.append(text.data(), rune.size);
    }
    text.remove_prefix(rune.size);
  }
  return out;
}

}  // namespace firebreak
