#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "detect/response.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::detect::ResponsePolicy;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  const auto policy = ResponsePolicy::Parse("response.yaml", text, &diagnostics);
  if (!policy.has_value() && diagnostics.ok()) __builtin_trap();  // refused without a word
  if (!policy.has_value()) return 0;
  // Whatever was read, the budget is one.
  const size_t limit = firebreak::detect::Responder(*policy).Limit(1'000);
  if (limit == 0 || limit > 100) __builtin_trap();
  return 0;
}
