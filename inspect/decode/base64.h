// Base64 that hides text.
#ifndef FIREBREAK_INSPECT_DECODE_BASE64_H_
#define FIREBREAK_INSPECT_DECODE_BASE64_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// ReadHiddenText writes to `out` (cleared first) what the base64 runs of `text` hide, a line each,
// and says whether there is any. A run is at least kMinBase64 characters of either alphabet
// (RFC 4648 sections 4 and 5). Random tokens are base64 too: a run counts only when nearly all it
// decodes to is printable ASCII. Most tokens show within a few characters that they are not. What
// "0x" and as many hexadecimal digits hide is read too, where it is text.
// One pass over text; `out` is shorter than `text`.
bool ReadHiddenText(absl::string_view text, std::string& out);

inline constexpr size_t kMinBase64 = 16;

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_DECODE_BASE64_H_
