#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "store/segment.h"

// Anything may be in a file: nothing crashes, and what is read has as many rows as it says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const auto segment = firebreak::store::Segment::Parse(file);
  if (!segment.ok()) return 0;
  size_t rows = 0;
  const absl::Status read =
      segment->ForEach([&rows](firebreak::flows::Flow&) { return ++rows > 0; });
  if (rows != (read.ok() ? segment->rows() : 0)) __builtin_trap();
  return 0;
}
