#include "inspect/attack/noise.h"

#include <bitset>
#include <cstddef>

#include "absl/strings/ascii.h"

#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

bool SameCase(char a, char b) {
  return IsAlpha(a) && IsAlpha(b) &&
         absl::ascii_isupper(static_cast<unsigned char>(a)) ==
             absl::ascii_isupper(static_cast<unsigned char>(b));
}

// Calls visit(size) for each run of letters in one case.
template <typename Visit>
void ForEachWord(absl::string_view text, Visit visit) {
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && SameCase(text[i], text[end])) ++end;
    if (IsAlpha(text[i])) visit(end - i);
    i = end;
  }
}

}  // namespace

bool IsNoise(absl::string_view text, uint32_t classes) {
  constexpr size_t kShortest = 128;
  constexpr size_t kLeastClasses = 20;
  constexpr size_t kLeastCharacters = 48;
  constexpr size_t kWord = 4;
  if (text.size() < kShortest || std::bitset<32>(classes).count() < kLeastClasses) return false;
  std::bitset<256> characters;
  size_t signs = 0;
  for (const char c : text) {
    characters.set(static_cast<uint8_t>(c));
    signs += IsAlnum(c) || IsBlank(c) || IsWide(c) ? 0 : 1;
  }
  const bool mixed = signs * 5 >= text.size() && signs * 2 <= text.size();
  if (!mixed || characters.count() < kLeastCharacters) return false;
  size_t in_words = 0;
  ForEachWord(text, [&](size_t size) { in_words += size >= kWord ? size : 0; });
  return in_words * 8 <= text.size();
}

bool HasWords(absl::string_view text) {
  constexpr size_t kLong = 5;
  size_t longest = 0;
  size_t words = 0;
  ForEachWord(text, [&](size_t size) {
    longest = longest < size ? size : longest;
    words += size + 1 >= kLong ? 1 : 0;
  });
  return longest >= kLong || words >= 2;
}

}  // namespace firebreak::inspect
