// Escaping of bytes that a peer or a file controls, before they reach a log, JSON or a terminal.
#ifndef FIREBREAK_BASE_ESCAPE_H_
#define FIREBREAK_BASE_ESCAPE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak {

// AppendJsonString appends text as a quoted JSON string (RFC 8259). The result is always valid
// UTF-8 on one line: controls, U+2028, U+2029 and DEL are escaped, and each byte that is not part
// of valid UTF-8 becomes U+FFFD.
void AppendJsonString(absl::string_view text, std::string* out);

// PrintableEscaped returns text with every control, DEL, C1 control, bidirectional override and
// invalid byte written as \xNN or \u{NNNN}, so that it can neither move a cursor nor fake a line.
std::string PrintableEscaped(absl::string_view text);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_ESCAPE_H_
