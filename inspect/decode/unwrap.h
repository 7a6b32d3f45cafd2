// Unwrap undoes one layer of every encoding that attackers wrap around a payload.
#ifndef FIREBREAK_INSPECT_DECODE_UNWRAP_H_
#define FIREBREAK_INSPECT_DECODE_UNWRAP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Unwrap writes `text` to `out` (cleared first) with one layer of these undone, left to right, and
// says whether anything was:
// - percent escapes, IIS's %uXXXX, and "+" for a space where text looks URL-encoded;
// - HTML character references, named ones of ASCII only, the semicolon optional;
// - backslash escapes of JavaScript and JSON (\xHH, \uHHHH, \u{H}, octal, \n, \r, \t, \/, quotes);
// - overlong and otherwise invalid UTF-8 that lenient decoders take for ASCII;
// - characters that databases and file systems map to ASCII ones ("best fit"): full-width forms,
//   typographic quotes, other slashes; invisible characters are dropped.
// What is not well formed stays as it is. `out` is never longer than `text`, so a caller that
// unwraps a fixed number of times needs bounded memory and time whatever the input.
bool Unwrap(absl::string_view text, std::string& out);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_DECODE_UNWRAP_H_
