// Any text as a rule pack: it is refused, or its rules end for any field.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "inspect/pack/pack_inspection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace inspect = firebreak::inspect;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  const auto pack = inspect::ReadPack("fuzz", text, &diagnostics);
  if (pack == nullptr) return 0;
  const inspect::RulePacks packs = {pack};
  inspect::PackInspection inspection(packs, "GET", "/");
  for (const bool is_name : {false, true}) {
    inspection.BeginField(inspect::Place::kQuery, "q", is_name);
    inspection.FieldBytes(text);
    inspection.EndField();
  }
  if (inspection.findings().size() > pack->rules.size()) __builtin_trap();
  return 0;
}
