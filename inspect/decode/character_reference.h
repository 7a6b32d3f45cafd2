// HTML and XML character references.
#ifndef FIREBREAK_INSPECT_DECODE_CHARACTER_REFERENCE_H_
#define FIREBREAK_INSPECT_DECODE_CHARACTER_REFERENCE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// CharacterReference is the code point it stands for and the bytes it took; size 0: none is there.
struct CharacterReference {
  uint32_t code = 0;
  size_t size = 0;
};

// ReadCharacterReference reads the reference that starts text (at its "&"): "&#39;", "&#x27;" with
// any number of leading zeros up to kMaxReference bytes, or a named one that stands for ASCII. As
// in browsers, the semicolon may be missing after a number and after the names that HTML has always
// had (lt, gt, amp, quot).
CharacterReference ReadCharacterReference(absl::string_view text);

inline constexpr size_t kMaxReference = 32;

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_DECODE_CHARACTER_REFERENCE_H_
