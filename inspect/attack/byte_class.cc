#include "inspect/attack/byte_class.h"

#include <cstddef>

namespace firebreak::inspect {

uint32_t ClassesOf(absl::string_view text) {
  // Four sums that do not wait for each other.
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    a |= ByteClassOf(text[i]);
    b |= ByteClassOf(text[i + 1]);
    c |= ByteClassOf(text[i + 2]);
    d |= ByteClassOf(text[i + 3]);
  }
  for (; i < text.size(); ++i) a |= ByteClassOf(text[i]);
  return a | b | c | d;
}

}  // namespace firebreak::inspect
