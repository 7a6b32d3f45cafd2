// What the codec says of the bytes of one request, without a connection.
#ifndef FIREBREAK_PROXY_HTTP1_REQUEST_CHECK_H_
#define FIREBREAK_PROXY_HTTP1_REQUEST_CHECK_H_

#include <optional>

#include "absl/strings/string_view.h"

#include "http/canonical.h"

namespace firebreak::proxy {

// CodecRefusal reads a request that ends where bytes do, or before. Nothing: the codec would hand
// it on, which is not to say that canonicalisation takes it. The code of a request that is cut
// short is "truncated". Heads may be as long as a sidecar takes without being told.
std::optional<http::Rejection> CodecRefusal(absl::string_view bytes);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_REQUEST_CHECK_H_
