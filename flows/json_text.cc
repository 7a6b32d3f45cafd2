#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

char* PutHex(uint64_t value, char* at) {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) *at++ = kDigits[value >> shift & 0xf];
  return at;
}

}  // namespace

void AppendId(absl::string_view name, uint64_t high, uint64_t low, std::string* out) {
  if (high == 0 && low == 0) return;
  std::array<char, 32> digits;
  PutHex(low, PutHex(high, digits.data()));
  AppendWord(name, absl::string_view(digits.data(), digits.size()), out);
}

}  // namespace firebreak::flows
