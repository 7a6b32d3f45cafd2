#include "inspect/attack/lower_text.h"

#include <cstring>

namespace firebreak::inspect {
namespace {

constexpr char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Eight bytes at once. What carries into the top bit of a byte when its other bits are added to is
// a byte from 'A' on, or beyond 'Z'.
uint64_t LowerOf(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101U;
  constexpr uint64_t kTops = kEach * 0x80;
  const uint64_t rest = word & ~kTops;
  const uint64_t from_a = rest + kEach * (0x80 - 'A');
  const uint64_t beyond_z = rest + kEach * (0x80 - 'Z' - 1);
  const uint64_t upper = (from_a ^ beyond_z) & ~word & kTops;
  return word | upper >> 2U;
}

void Lower(absl::string_view text, char* out) {
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof(word));
    word = LowerOf(word);
    std::memcpy(out + i, &word, sizeof(word));
  }
  for (; i < text.size(); ++i) out[i] = LowerOf(text[i]);
}

}  // namespace

void LowerText::Set(absl::string_view text, uint32_t classes) {
  lower_.resize(text.size());
  Lower(text, lower_.data());
  classes_ = classes;
  groups_ = AttackWords().Find(lower_);
}

}  // namespace firebreak::inspect
