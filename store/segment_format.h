// What the writer and the reader of segments agree on; the layout is in segment.h.
#ifndef FIREBREAK_STORE_SEGMENT_FORMAT_H_
#define FIREBREAK_STORE_SEGMENT_FORMAT_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::store {

inline constexpr absl::string_view kSegmentMagic = "FBSEG001";
inline constexpr size_t kIdDigits = 32;

enum class ColumnKind : uint8_t { kNumbers = 1, kTexts = 2, kIds = 3 };

struct Id {
  uint64_t upper = 0;
  uint64_t lower = 0;
  bool present = false;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_SEGMENT_FORMAT_H_
