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
  const auto flows = segment->ReadFlows();
  if (flows.ok() && flows->size() != segment->rows()) __builtin_trap();
  return 0;
}
