// What SHA-256 remembers of the bytes it was given, for those who hash many texts that begin alike.
#ifndef FIREBREAK_BASE_SHA256_STATE_H_
#define FIREBREAK_BASE_SHA256_STATE_H_

#include <array>
#include <cstddef>

namespace firebreak {

// SHA-256 takes its input in blocks of so many bytes.
inline constexpr size_t kSha256Block = 64;

// Sha256State is made and gone on from in certs/signature.h; nobody else looks inside. It is a
// value: from one state any number of texts may be hashed on.
struct Sha256State {
  alignas(8) std::array<std::byte, 112> bytes;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_SHA256_STATE_H_
