#include "inspect/decode/character_reference.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

struct Named {
  absl::string_view name;
  char ascii;
  bool semicolon_optional;
};

// The ASCII characters that have a name in HTML 5. Names match in any case: none of these differ by
// it in what they stand for, and filters behind us may not care either.
constexpr std::array<Named, 37> kNamed = {{
    {"lt", '<', true},      {"gt", '>', true},      {"amp", '&', true},
    {"quot", '"', true},    {"apos", '\'', false},  {"colon", ':', false},
    {"semi", ';', false},   {"tab", '\t', false},   {"newline", '\n', false},
    {"lpar", '(', false},   {"rpar", ')', false},   {"sol", '/', false},
    {"bsol", '\\', false},  {"equals", '=', false}, {"comma", ',', false},
    {"period", '.', false}, {"grave", '`', false},  {"diacriticalgrave", '`', false},
    {"num", '#', false},    {"excl", '!', false},   {"percnt", '%', false},
    {"dollar", '$', false}, {"ast", '*', false},    {"midast", '*', false},
    {"plus", '+', false},   {"quest", '?', false},  {"commat", '@', false},
    {"lsqb", '[', false},   {"lbrack", '[', false}, {"rsqb", ']', false},
    {"rbrack", ']', false}, {"hat", '^', false},    {"lowbar", '_', false},
    {"lcub", '{', false},   {"rcub", '}', false},   {"verbar", '|', false},
    {"vert", '|', false},
}};

constexpr uint32_t kMaxCodePoint = 0x10FFFF;

int DigitValue(char c, bool hex) {
  if (c >= '0' && c <= '9') return c - '0';
  if (!hex) return -1;
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

CharacterReference ReadNumeric(absl::string_view text) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const size_t first = hex ? 3 : 2;
  uint32_t code = 0;
  size_t i = first;
  for (; i < text.size() && i < kMaxReference; ++i) {
    const int digit = DigitValue(text[i], hex);
    if (digit < 0) break;
    code = code * (hex ? 16 : 10) + static_cast<uint32_t>(digit);
    if (code > kMaxCodePoint) return {};
  }
  if (i == first) return {};
  if (i < text.size() && text[i] == ';') ++i;
  return {.code = code, .size = i};
}

}  // namespace

CharacterReference ReadCharacterReference(absl::string_view text) {
  if (text.size() < 3 || text[0] != '&') return {};
  if (text[1] == '#') return ReadNumeric(text);
  for (const Named& named : kNamed) {
    const absl::string_view rest = text.substr(1);
    if (!absl::StartsWithIgnoreCase(rest, named.name)) continue;
    const size_t end = 1 + named.name.size();
    const bool semicolon = end < text.size() && text[end] == ';';
    if (!semicolon && !named.semicolon_optional) continue;
    // "&lt" before a letter or "=" is more likely a parameter of a URL.
    const bool longer =
        end < text.size() &&
        (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) || text[end] == '=');
    if (!semicolon && longer) continue;
    return {.code = static_cast<uint32_t>(named.ascii), .size = end + (semicolon ? 1 : 0)};
  }
  return {};
}

}  // namespace firebreak::inspect
