#include "policy/share.h"

#include <cstdint>

namespace firebreak::policy {

int PlaceOf(absl::string_view principal) {
  // 64-bit FNV-1a, whose low bits alone follow the last character too closely: the finaliser of
  // MurmurHash3 spreads them. Part of the language: sidecars of two versions must agree.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : principal) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 33;
  return static_cast<int>(hash % 100);
}

bool Share::Contains(absl::string_view principal, Action action) const {
  bool in = percent == 100;
  if (percent > 0 && percent < 100) {
    in = principal.empty() ? action == Action::kDeny : PlaceOf(principal) < percent;
  }
  return in != rest;
}

}  // namespace firebreak::policy
