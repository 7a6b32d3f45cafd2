#include "flows/json_text.h"

#include <algorithm>

namespace firebreak::flows {
namespace {

// kHexPairs has the two digits of each byte: every line has a hundred of them.
constexpr std::array<std::array<char, 2>, 256> kHexPairs = [] {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 0xf]};
  return pairs;
}();

char* PutHexOf(uint64_t value, char* at) {
  for (int shift = 56; shift >= 0; shift -= 8)
    at = PutHex(static_cast<uint8_t>(value >> shift), at);
  return at;
}

}  // namespace

char* PutHex(uint8_t byte, char* at) { return std::copy_n(kHexPairs[byte].data(), 2, at); }

void AppendId(absl::string_view name, uint64_t high, uint64_t low, std::string* out) {
  if (high == 0 && low == 0) return;
  std::array<char, 32> digits;
  PutHexOf(low, PutHexOf(high, digits.data()));
  AppendWord(name, absl::string_view(digits.data(), digits.size()), out);
}

}  // namespace firebreak::flows
