#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "flows/spool_frame.h"

// Whatever lies in a segment: reading ends, stays within bounds, and every frame it gives is what
// its header says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  firebreak::flows::FrameReader reader(bytes);
  size_t before = 0;
  while (const auto frame = reader.Next()) {
    if (reader.offset() <= before || reader.offset() > size) __builtin_trap();
    if (frame->text.size() != frame->header.text_bytes) __builtin_trap();
    before = reader.offset();
  }
  if (reader.offset() != size) __builtin_trap();

  // The same bytes as lines: what was written is read back, and nothing else.
  const std::string written =
      firebreak::flows::EncodeFrame({.run = 1, .first_sequence = 2, .last_sequence = 2}, bytes);
  firebreak::flows::FrameReader again(written);
  const auto frame = again.Next();
  if (!frame.has_value() || frame->text != bytes || again.Next().has_value()) __builtin_trap();
  if (again.damage().places != 0) __builtin_trap();
  return 0;
}
