#include "inspect/decode/unwrap.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"

#include "inspect/decode/best_fit.h"
#include "inspect/decode/character_reference.h"

namespace firebreak::inspect {
namespace {

// Piece is what one encoded sequence stands for; size 0: nothing encoded starts here.
struct Piece {
  uint32_t code = 0;
  size_t size = 0;
  bool byte = false;  // the code is a byte as it is, not a code point
};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Hex reads exactly `digits` digits at the start of text.
std::optional<uint32_t> Hex(absl::string_view text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  return value;
}

Piece ReadPercent(absl::string_view text) {
  if (const auto byte = Hex(text.substr(1), 2); byte.has_value()) {
    return {.code = *byte, .size = 3, .byte = true};
  }
  if (text.size() < 6 || (text[1] != 'u' && text[1] != 'U')) return {};
  const auto code = Hex(text.substr(2), 4);
  return code.has_value() ? Piece{.code = *code, .size = 6} : Piece{};
}

Piece ReadBracedEscape(absl::string_view text) {  // \u{1F600}
  constexpr size_t kMaxDigits = 6;
  uint32_t code = 0;
  size_t i = 3;
  for (; i < text.size() && i < 3 + kMaxDigits && HexValue(text[i]) >= 0; ++i) {
    code = code * 16 + static_cast<uint32_t>(HexValue(text[i]));
  }
  if (i == 3 || i >= text.size() || text[i] != '}') return {};
  return {.code = code, .size = i + 1};
}

Piece ReadOctalEscape(absl::string_view text) {  // \047
  uint32_t code = 0;
  size_t i = 1;
  for (; i < text.size() && i < 4 && text[i] >= '0' && text[i] <= '7'; ++i) {
    code = code * 8 + static_cast<uint32_t>(text[i] - '0');
  }
  // One digit alone is more often a path or a back-reference than an escape; \0 is a NUL.
  if (i == 2 && text[1] != '0') return {};
  return code < 256 ? Piece{.code = code, .size = i, .byte = true} : Piece{};
}

Piece ReadBackslash(absl::string_view text) {
  if (text.size() < 2) return {};
  switch (text[1]) {
    case 'x': {
      const auto byte = Hex(text.substr(2), 2);
      return byte.has_value() ? Piece{.code = *byte, .size = 4, .byte = true} : Piece{};
    }
    case 'u': {
      if (text.size() > 2 && text[2] == '{') return ReadBracedEscape(text);
      const auto code = Hex(text.substr(2), 4);
      return code.has_value() ? Piece{.code = *code, .size = 6} : Piece{};
    }
    case 'n':
      return {.code = '\n', .size = 2};
    case 'r':
      return {.code = '\r', .size = 2};
    case 't':
      return {.code = '\t', .size = 2};
    case '\'':
    case '"':
    case '/':
      return {.code = static_cast<uint32_t>(text[1]), .size = 2};
    default:
      return text[1] >= '0' && text[1] <= '7' ? ReadOctalEscape(text) : Piece{};
  }
}

// Decoders that do not look at the top bits read C0 2F as "/". Only for what paths are made of: in
// Latin-1 text this is a letter before anything else.
Piece ReadLenient(uint32_t code) {
  const bool path = code == '.' || code == '/' || code == '\\';
  return path ? Piece{.code = code, .size = 2} : Piece{};
}

// ReadWide reads bytes from 0x80 on: valid characters that fold, and forms longer than they may be.
Piece ReadWide(absl::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0xC0 || text.size() < 2) return {};
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : lead < 0xFC ? 5 : 6;
  if (lead > 0xFD) return {};
  uint32_t code = size == 6 ? lead & 0x01U : lead & ((1U << (7 - size)) - 1);
  for (size_t i = 1; i < size; ++i) {
    const bool there = i < text.size();
    const auto next = there ? static_cast<uint8_t>(text[i]) : uint8_t{0};
    if (there && (next & 0xC0U) == 0x80) {
      code = code << 6 | (next & 0x3FU);
      continue;
    }
    return there && size == 2 && lead < 0xC2 ? ReadLenient(code << 6 | (next & 0x3FU)) : Piece{};
  }
  static constexpr std::array<uint32_t, 7> kSmallest = {0,       0,        0x80,     0x800,
                                                        0x10000, 0x200000, 0x4000000};
  if (code < kSmallest[size]) return {.code = code, .size = size};
  return FoldsToAscii(code) ? Piece{.code = code, .size = size} : Piece{};
}

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [code](int shift) {
    return static_cast<char>(0x80U | ((code >> static_cast<unsigned>(shift)) & 0x3FU));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | code >> 6));
    out.push_back(tail(0));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | code >> 12));
    out.push_back(tail(6));
    out.push_back(tail(0));
  } else {
    out.push_back(static_cast<char>(0xF0U | ((code >> 18) & 0x07U)));
    out.push_back(tail(12));
    out.push_back(tail(6));
    out.push_back(tail(0));
  }
}

void AppendPiece(const Piece& piece, std::string& out) {
  if (piece.byte) {
    out.push_back(static_cast<char>(piece.code));
    return;
  }
  const std::optional<char> folded = FoldToAscii(piece.code);
  if (!folded.has_value()) return AppendUtf8(piece.code, out);
  if (*folded != kInvisible) out.push_back(*folded);
}

Piece ReadPiece(absl::string_view text) {
  switch (text[0]) {
    case '%':
      return ReadPercent(text);
    case '&': {
      const CharacterReference reference = ReadCharacterReference(text);
      return {.code = reference.code, .size = reference.size};
    }
    case '\\':
      return ReadBackslash(text);
    default:
      return static_cast<uint8_t>(text[0]) >= 0x80 ? ReadWide(text) : Piece{};
  }
}

// Whether a plus there may stand between words: letters, digits or what comments begin and end
// with, but not between two digits.
bool IsBetweenWords(char before, char after) {
  const auto other = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '*' || c == '\'';
  };
  const bool digits = absl::ascii_isdigit(static_cast<unsigned char>(before)) &&
                      absl::ascii_isdigit(static_cast<unsigned char>(after));
  return other(before) && other(after) && !digits;
}

// In URL-encoded text a "+" is a space; elsewhere it is an operator. Text without a space that has
// escapes, or several of them between words, is the former.
bool PlusIsSpace(absl::string_view text) {
  constexpr size_t kSeveral = 2;
  if (text.find('+') == absl::string_view::npos || text.find(' ') != absl::string_view::npos) {
    return false;
  }
  size_t between = 0;
  for (size_t at = text.find('+', 1); at != absl::string_view::npos; at = text.find('+', at + 1)) {
    const bool word = at + 1 < text.size() && IsBetweenWords(text[at - 1], text[at + 1]);
    if (word && ++between == kSeveral) return true;
  }
  for (size_t at = text.find('%'); at != absl::string_view::npos; at = text.find('%', at + 1)) {
    if (Hex(text.substr(at + 1), 2).has_value()) return true;
  }
  return false;
}

}  // namespace

bool Unwrap(absl::string_view text, std::string& out) {
  out.clear();
  const bool plus_is_space = PlusIsSpace(text);
  bool changed = false;
  size_t plain = 0;  // where the run of bytes that stay as they are began
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const bool may_start = c == '%' || c == '&' || c == '\\' || static_cast<uint8_t>(c) >= 0x80;
    if (!may_start && !(c == '+' && plus_is_space)) {
      ++i;
      continue;
    }
    const Piece piece = c == '+' ? Piece{.code = ' ', .size = 1} : ReadPiece(text.substr(i));
    if (piece.size == 0) {
      ++i;
      continue;
    }
    out.append(text.data() + plain, i - plain);
    AppendPiece(piece, out);
    changed = true;
    i += piece.size;
    plain = i;
  }
  out.append(text.data() + plain, text.size() - plain);
  return changed;
}

}  // namespace firebreak::inspect
