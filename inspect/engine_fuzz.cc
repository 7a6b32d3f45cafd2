// Any bytes as a field: what is found does not depend on how it was cut.
//
// Input: a byte that chooses the pieces, then the field.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/strings/string_view.h"

#include "inspect/engine.h"

namespace firebreak::inspect {
namespace {

void Give(absl::string_view bytes, size_t piece, Inspection& inspection) {
  inspection.Reset();
  inspection.BeginField(Place::kJson, "$.a", false);
  while (!bytes.empty()) {
    inspection.FieldBytes(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  inspection.EndField();
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::inspect::Engine;
  using firebreak::inspect::EngineOptions;
  using firebreak::inspect::Inspection;
  static Engine* const engine = std::make_unique<Engine>(EngineOptions{.paranoia = 4}).release();
  if (size == 0) return 0;
  const absl::string_view field(reinterpret_cast<const char*>(data + 1), size - 1);
  Inspection whole(*engine);
  Inspection cut(*engine);
  firebreak::inspect::Give(field, size, whole);
  firebreak::inspect::Give(field, 1 + data[0], cut);
  if (whole.score() != cut.score() || whole.findings().size() != cut.findings().size()) {
    std::abort();
  }
  return 0;
}
