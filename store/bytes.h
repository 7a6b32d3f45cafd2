// Numbers, texts and zstd frames: what segments are put together from.
#ifndef FIREBREAK_STORE_BYTES_H_
#define FIREBREAK_STORE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/varint.h"

namespace firebreak::store {

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
    const std::optional<uint64_t> value = TakeVarint(bytes_);
    if (!value.has_value()) Fail();
    return value.value_or(0);
  }

  absl::string_view Bytes(uint64_t size) {
    if (size > bytes_.size()) {
      Fail();
      return {};
    }
    const absl::string_view taken = bytes_.substr(0, static_cast<size_t>(size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  void Fail() {
    ok_ = false;
    bytes_ = {};
  }

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
