// The error codes of HTTP/2 (RFC 9113 section 7), and ours.
#ifndef FIREBREAK_PROXY_HTTP2_H2_ERROR_H_
#define FIREBREAK_PROXY_HTTP2_H2_ERROR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "proxy/http/codec.h"

namespace firebreak::proxy {

// H2ErrorOf is the code that RST_STREAM carries for an error of ours.
uint32_t H2ErrorOf(StreamError error);
// H2ErrorName is a code in snake case with "h2_" before it, for logs and metrics.
absl::string_view H2ErrorName(uint32_t h2_error);
// H2ErrorOfLibrary and H2LibraryErrorName do the same for an error that nghttp2 returns.
uint32_t H2ErrorOfLibrary(int lib_error);
absl::string_view H2LibraryErrorName(int lib_error);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_H2_ERROR_H_
