#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "detect/notes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::detect::Notes;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  firebreak::config::Diagnostics diagnostics;
  const auto notes = Notes::Parse("notes.yaml", text, &diagnostics);
  if (!notes.has_value() && diagnostics.ok()) __builtin_trap();  // refused without a word
  if (!notes.has_value()) return 0;
  // What was read can be written, and read again as the same.
  const std::string written = notes->Text();
  const auto again = Notes::Parse("notes.yaml", written, &diagnostics);
  if (!again.has_value() || again->Text() != written) __builtin_trap();
  return 0;
}
