// One HTTP/1.1 request as a file holds it.
#ifndef FIREBREAK_CLI_RAW_REQUEST_H_
#define FIREBREAK_CLI_RAW_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "http/message.h"

namespace firebreak::cli {

// RawRequest is a request as a codec would hand it on, not yet canonical, and its body, put
// together where it came in chunks.
struct RawRequest {
  http::Request request;
  std::string body;
  http::HeaderMap trailers;
};

// ReadRawRequest reads a request line, header lines and a body. It is more lenient than the
// sidecar's codec, so that what the codec would refuse can still be looked at: lines may end with
// LF alone, the target may hold blanks, header names any character. Content-Length says where the
// body ends; without it the rest is the body. So it is where Transfer-Encoding says chunked and
// what follows are no chunks (RFC 9112 section 7.1), as in files whose writer has put them
// together.
absl::StatusOr<RawRequest> ReadRawRequest(absl::string_view bytes);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_RAW_REQUEST_H_
