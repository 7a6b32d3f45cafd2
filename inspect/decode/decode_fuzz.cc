// Any bytes: decoders end and never make text longer.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/decode/base64.h"
#include "inspect/decode/unwrap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::string out;
  const bool changed = firebreak::inspect::Unwrap(text, out);
  if (out.size() > size || (!changed && out != text)) std::abort();
  firebreak::inspect::ReadHiddenText(text, out);
  if (out.size() > size) std::abort();
  return 0;
}
