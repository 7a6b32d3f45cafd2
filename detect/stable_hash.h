// Hashes that are the same in every run, unlike absl::Hash: they are saved, or decide an order.
#ifndef FIREBREAK_DETECT_STABLE_HASH_H_
#define FIREBREAK_DETECT_STABLE_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::detect {

// TextHash is FNV-1a.
inline uint64_t TextHash(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// Mix spreads a number over 64 bits (splitmix64's finaliser).
inline uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// MixAll hashes several numbers, in their order.
template <typename... Numbers>
uint64_t MixAll(Numbers... numbers) {
  uint64_t hash = 0;
  ((hash = Mix(hash ^ static_cast<uint64_t>(numbers))), ...);
  return hash;
}

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STABLE_HASH_H_
