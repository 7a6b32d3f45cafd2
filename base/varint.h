// Varints: numbers in as few bytes as they need, seven bits a byte, the lowest first, and the top
// bit set in all but the last. Those of protobuf.
#ifndef FIREBREAK_BASE_VARINT_H_
#define FIREBREAK_BASE_VARINT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak {

inline constexpr size_t kMaxVarintBytes = 10;

inline void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// TakeVarint takes one from the front of bytes. Nothing, and bytes are as they were: it has not
// ended where bytes end, or after ten of them. Bits beyond the 64th are dropped, as protobuf does.
inline std::optional<uint64_t> TakeVarint(absl::string_view& bytes) {
  const size_t most = std::min(bytes.size(), kMaxVarintBytes);
  uint64_t value = 0;
  for (size_t i = 0; i < most; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    value |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace firebreak

#endif  // FIREBREAK_BASE_VARINT_H_
