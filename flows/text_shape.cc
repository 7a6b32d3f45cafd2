#include "flows/text_shape.h"

#include "absl/strings/ascii.h"

namespace firebreak::flows {

TextShape ShapeOf(absl::string_view text) {
  TextShape shape;
  char before = '\0';
  for (char c : text) {
    const bool letter = absl::ascii_isalpha(c);
    const bool digit = absl::ascii_isdigit(c);
    shape.letters += letter ? 1 : 0;
    shape.upper += absl::ascii_isupper(c) ? 1 : 0;
    shape.digits += digit ? 1 : 0;
    shape.hex += absl::ascii_isxdigit(c) ? 1 : 0;
    shape.others += letter || digit ? 0 : 1;
    const bool switched =
        (letter && absl::ascii_isdigit(before)) || (digit && absl::ascii_isalpha(before));
    shape.switches += switched ? 1 : 0;
    before = c;
  }
  return shape;
}

bool StartsWithUuid(absl::string_view text) {
  if (text.size() < kUuidSize) return false;
  for (size_t i = 0; i < kUuidSize; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return text.size() == kUuidSize || !absl::ascii_isalnum(text[kUuidSize]);
}

}  // namespace firebreak::flows
