// UTF-8 read one character at a time, and the characters that make text read as what it is not.
#ifndef FIREBREAK_BASE_UTF8_H_
#define FIREBREAK_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak {

// Rune is one code point and the bytes it took.
struct Rune {
  uint32_t code = 0;
  size_t size = 0;  // 0: the first byte is not the start of valid UTF-8
};

// DecodeRune reads the code point at the start of text (RFC 3629: no overlong form, no surrogate,
// at most U+10FFFF). Empty text gives size 0.
Rune DecodeRune(absl::string_view text);

// IsControl tells of C0 controls, DEL and C1 controls: a terminal may obey them.
bool IsControl(uint32_t code);

// IsBidirectionalControl tells of the invisible characters that reorder the text around them
// (Unicode 15, Bidi_Control).
bool IsBidirectionalControl(uint32_t code);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_UTF8_H_
