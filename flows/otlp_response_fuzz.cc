#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "flows/otlp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = firebreak::flows::ParseOtlpResponse(bytes);
  if (parsed.ok() && parsed->message.size() > size) __builtin_trap();
  return 0;
}
