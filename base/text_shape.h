// What a piece of a path is made of, for telling words from ids and ids from secrets.
#ifndef FIREBREAK_BASE_TEXT_SHAPE_H_
#define FIREBREAK_BASE_TEXT_SHAPE_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace firebreak {

// TextShape counts the characters of a text.
struct TextShape {
  size_t letters = 0;  // ASCII, upper case included
  size_t upper = 0;
  size_t digits = 0;
  size_t hex = 0;       // digits, and letters from a to f
  size_t others = 0;    // all that is neither letter nor digit
  size_t switches = 0;  // neighbours of which one is a letter and the other a digit

  size_t size() const { return letters + digits + others; }
  bool one_case() const { return upper == 0 || upper == letters; }
};

TextShape ShapeOf(absl::string_view text);

// StartsWithUuid tells whether text begins with a UUID (RFC 9562: 8-4-4-4-12 hex digits in any
// case) that neither a letter nor a digit follows.
inline constexpr size_t kUuidSize = 36;
bool StartsWithUuid(absl::string_view text);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_TEXT_SHAPE_H_
