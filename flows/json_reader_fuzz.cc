#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "flows/json_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  const auto flow = firebreak::flows::ParseFlowLine(line);
  if (flow.ok() && flow->event.empty()) __builtin_trap();
  return 0;
}
