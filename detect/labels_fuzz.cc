#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "detect/labels.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  auto labels = firebreak::detect::Labels::Parse("labels.yaml", text, &diagnostics);
  if (!labels.has_value() && diagnostics.ok()) __builtin_trap();  // refused without a word
  if (!labels.has_value()) return 0;
  firebreak::detect::Names names;
  const auto name = names.Intern("shop.example/ns/shop/sa/web");
  labels->Of(name, names);
  labels->IsHoneyRoute(name, names.Intern("GET /admin"), names);
  return 0;
}
