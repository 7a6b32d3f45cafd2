#include "http/field.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"

namespace firebreak::http {
namespace {

enum ByteClass : uint8_t {
  kTokenByte = 1,
  kLowerTokenByte = 2,
  kValueByte = 4,
};

constexpr bool IsTokenPunctuation(char c) {
  for (const char punctuation : absl::string_view("!#$%&'*+-.^_`|~")) {
    if (c == punctuation) return true;
  }
  return false;
}

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  for (size_t byte = 0; byte < classes.size(); ++byte) {
    const char c = static_cast<char>(byte);
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || IsTokenPunctuation(c);
    if (upper || lower) classes[byte] |= kTokenByte;
    if (lower) classes[byte] |= kLowerTokenByte;
    if (c == '\t' || (byte >= 0x20 && byte != 0x7f)) classes[byte] |= kValueByte;
  }
  return classes;
}

constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool AllAre(ByteClass wanted, absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [wanted](char c) {
    return (kClasses[static_cast<uint8_t>(c)] & wanted) != 0;
  });
}

template <typename T>
uint64_t Load(const char* from) {
  T value = 0;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

// WordOf is a text of eight bytes or fewer in one word, of which some bytes may stand twice.
uint64_t WordOf(absl::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (text.size() >= 4) return Load<uint32_t>(begin) | Load<uint32_t>(end - 4) << 32;
  if (text.empty()) return 0x2020202020202020;
  return 0x2020202020000000 | Load<uint8_t>(begin) | Load<uint8_t>(begin + text.size() / 2) << 8 |
         Load<uint8_t>(end - 1) << 16;
}

// MayHoldControl looks at eight bytes at once: false is certain, true is for AllAre to look at.
// Most of a request is values, and hardly any has a control.
bool MayHoldControl(absl::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = kOnes * 0x80;
  uint64_t found = 0;
  const auto look = [&found](uint64_t word) {
    const uint64_t del = word ^ (kOnes * 0x7f);  // 0 where a byte is 0x7f
    found |= ((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del);
  };
  if (text.size() < sizeof(uint64_t)) {
    look(WordOf(text));
  } else {
    const size_t last = text.size() - sizeof(uint64_t);
    for (size_t i = 0; i < last; i += sizeof(uint64_t)) look(Load<uint64_t>(text.data() + i));
    look(Load<uint64_t>(text.data() + last));
  }
  return (found & kHighBits) != 0;
}

constexpr bool IsOws(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool IsToken(absl::string_view text) { return !text.empty() && AllAre(kTokenByte, text); }

bool IsLowerToken(absl::string_view text) { return !text.empty() && AllAre(kLowerTokenByte, text); }

bool IsFieldValue(absl::string_view text) {
  if (text.empty()) return true;
  if (IsOws(text.front()) || IsOws(text.back())) return false;
  return !MayHoldControl(text) || AllAre(kValueByte, text);
}

absl::string_view TrimOws(absl::string_view text) {
  while (!text.empty() && IsOws(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsOws(text.back())) text.remove_suffix(1);
  return text;
}

bool LowerName(std::string& name) {
  if (!IsToken(name)) return false;
  for (char& c : name) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return true;
}

bool ListReader::Next(absl::string_view& element) {
  while (!rest_.empty()) {
    const size_t comma = std::min(rest_.find(','), rest_.size());
    element = TrimOws(rest_.substr(0, comma));
    rest_.remove_prefix(std::min(comma + 1, rest_.size()));
    if (!element.empty()) return true;
  }
  return false;
}

}  // namespace firebreak::http
