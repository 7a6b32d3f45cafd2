#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "base/simulated_clock.h"
#include "config/diagnostics.h"
#include "inspect/baseline/model_text.h"

// What is accepted is written, and read back, as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace inspect = firebreak::inspect;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::SimulatedClock clock;
  firebreak::config::Diagnostics diagnostics;
  inspect::Baseline baseline({}, clock);
  if (!inspect::ReadBaseline("fuzz", text, baseline, &diagnostics)) return 0;
  const std::string written = inspect::BaselineText(baseline);
  inspect::Baseline again({}, clock);
  if (!inspect::ReadBaseline("again", written, again, &diagnostics)) __builtin_trap();
  if (inspect::BaselineText(again) != written) __builtin_trap();
  return 0;
}
