#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

char* PutHexOf(uint64_t value, char* at) {
  for (int shift = 56; shift >= 0; shift -= 8)
    at = PutHex(static_cast<uint8_t>(value >> shift), at);
  return at;
}

}  // namespace

void AppendId(absl::string_view name, uint64_t high, uint64_t low, std::string* out) {
  if (high == 0 && low == 0) return;
  std::array<char, 32> digits;
  PutHexOf(low, PutHexOf(high, digits.data()));
  AppendWord(name, absl::string_view(digits.data(), digits.size()), out);
}

}  // namespace firebreak::flows
