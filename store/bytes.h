// Varints and zstd frames: what segments are put together from.
#ifndef FIREBREAK_STORE_BYTES_H_
#define FIREBREAK_STORE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::store {

// AppendVarint appends seven bits a byte, the lowest first.
inline void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// Zigzag makes small numbers of small differences, whichever their sign; all arithmetic wraps.
inline uint64_t Zigzag(uint64_t difference) {
  return (difference << 1) ^ (uint64_t{0} - (difference >> 63));
}
inline uint64_t Unzigzag(uint64_t value) { return (value >> 1) ^ (uint64_t{0} - (value & 1)); }

// ByteReader takes numbers and texts from the front of bytes. Once something is not there, ok() is
// false for good and everything reads as 0 or empty.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return bytes_.empty(); }

  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }

  absl::string_view Bytes(uint64_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const absl::string_view taken = bytes_.substr(0, static_cast<size_t>(size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  absl::string_view bytes_;
  bool ok_ = true;
};

// Compress returns one zstd frame with a checksum of its content. ResourceExhausted: no memory.
absl::StatusOr<std::string> Compress(absl::string_view bytes);

// Decompress takes one frame whose content has max_size bytes at most; more, damage and anything
// after the frame are errors.
absl::StatusOr<std::string> Decompress(absl::string_view frame, size_t max_size);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_BYTES_H_
