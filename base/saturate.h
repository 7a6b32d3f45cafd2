// Arithmetic that stays at the largest number instead of starting anew from 0: for sums over what
// others have written.
#ifndef FIREBREAK_BASE_SATURATE_H_
#define FIREBREAK_BASE_SATURATE_H_

#include <cstdint>
#include <limits>

namespace firebreak {

inline uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max()
                                                      : a + b;
}

inline uint64_t SaturatingMultiply(uint64_t a, uint64_t b) {
  return b != 0 && a > std::numeric_limits<uint64_t>::max() / b
             ? std::numeric_limits<uint64_t>::max()
             : a * b;
}

}  // namespace firebreak

#endif  // FIREBREAK_BASE_SATURATE_H_
