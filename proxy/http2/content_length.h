// Content-Length in one place for both roles.
#ifndef FIREBREAK_PROXY_HTTP2_CONTENT_LENGTH_H_
#define FIREBREAK_PROXY_HTTP2_CONTENT_LENGTH_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// ParseContentLength fills `length`, once. False: a second field, or not a plain decimal number as
// RFC 9110 section 8.6 has it; we take no leading zeros either, as in HTTP/1.
bool ParseContentLength(absl::string_view value, std::optional<uint64_t>& length);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_CONTENT_LENGTH_H_
