#include "inspect/decode/character_reference.h"

#include <array>
#include <cstdint>

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
constexpr std::array<Named, 37> kNamedAsTheyCome = {{
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

// The same by their first letter, and where those of each letter begin.
constexpr std::array<Named, kNamedAsTheyCome.size()> SortByLetter() {
  std::array<Named, kNamedAsTheyCome.size()> sorted{};
  size_t size = 0;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    for (const Named& named : kNamedAsTheyCome) {
      if (named.name[0] == letter) sorted[size++] = named;
    }
  }
  return sorted;
}
constexpr auto kNamed = SortByLetter();

constexpr std::array<uint8_t, 27> IndexByLetter() {
  std::array<uint8_t, 27> index{};
  for (const Named& named : kNamed) ++index[static_cast<size_t>(named.name[0] - 'a') + 1];
  for (size_t i = 1; i < index.size(); ++i)
    index[i] = static_cast<uint8_t>(index[i] + index[i - 1]);
  return index;
}
constexpr auto kByLetter = IndexByLetter();

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
  const absl::string_view rest = text.substr(1);
  const char first = absl::ascii_tolower(static_cast<unsigned char>(rest.front()));
  if (first < 'a' || first > 'z') return {};
  const auto letter = static_cast<size_t>(first - 'a');
  for (size_t i = kByLetter[letter]; i < kByLetter[letter + 1]; ++i) {
    const Named& named = kNamed[i];
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
