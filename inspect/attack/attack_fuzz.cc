// Any bytes as one view: the parsers end, and report places within it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "inspect/attack/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::inspect::Hits;
  using firebreak::inspect::HitsOf;
  using firebreak::inspect::Place;
  using firebreak::inspect::Rule;
  if (size == 0) return 0;
  const auto place = static_cast<Place>(data[0] % 12);
  const bool is_name = (data[0] & 0x80U) != 0;
  const absl::string_view text(reinterpret_cast<const char*>(data + 1),
                               std::min(size - 1, firebreak::inspect::kMaxView));
  HitsOf(text, place, is_name).ForEachHit([&](Rule /*rule*/, Hits::Range range) {
    if (range.begin > text.size() || range.begin > range.end) std::abort();
  });
  return 0;
}
