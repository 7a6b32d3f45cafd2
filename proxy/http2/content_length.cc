#include "proxy/http2/content_length.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace firebreak::proxy {

bool ParseContentLength(absl::string_view value, std::optional<uint64_t>& length) {
  if (length.has_value() || value.empty()) return false;
  if (value.size() > 1 && value.front() == '0') return false;
  // SimpleAtoi by itself takes a sign and white space.
  for (const char c : value) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  uint64_t parsed = 0;
  if (!absl::SimpleAtoi(value, &parsed)) return false;
  length = parsed;
  return true;
}

}  // namespace firebreak::proxy
