// Canonicalise makes the one canonical form of a request, once, before anybody decides on it.
#ifndef FIREBREAK_HTTP_CANONICAL_H_
#define FIREBREAK_HTTP_CANONICAL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "http/message.h"

namespace firebreak::http {

// PathRules say which doubtful paths are let through; by default none is. What is let through is
// forwarded as it is decided on.
struct PathRules {
  bool allow_escaped_slash = false;  // %2F and %5C stay as they are
  bool allow_parameters = false;     // ";" in a segment
  bool allow_non_ascii = false;      // bytes from 0x80, escaped or not, that are valid UTF-8; in a
                                     // canonical path they are escaped
};

// Rejection is why a message is refused: the status to answer with, and a code in snake case for
// logs and metrics ("duplicate_host"), the same for HTTP/1 and HTTP/2. Codes are listed in
// docs/reference/http.md. `malformed`: HTTP/2 must treat it as a stream error (RFC 9113 section
// 8.1.1) rather than answer it.
struct Rejection {
  int status = 400;
  absl::string_view code;
  bool malformed = false;
};

// Canonicalise turns what a codec has read into the canonical request, or says why it is refused.
// In doubt it refuses; the request is then half done and good for logs only. It is called once: a
// codec reads what it needs of Connection before. Afterwards:
// - method is a token in capitals; CONNECT and TRACE are refused (405), and "*" but for OPTIONS;
// - scheme is http or https; authority is the one authority of the request, host in lower case,
//   without default port (RFC 9110 section 4.2.3), never with user information;
// - path starts with "/" (or is "*"), its dot segments are resolved and its slashes merged, escapes
//   of unreserved characters are decoded and the others in upper case (RFC 3986 section 6.2.2);
//   see path.h;
// - headers hold no hop-by-hop field (Connection and what it names, Keep-Alive, Proxy-Connection,
//   TE, Upgrade, Trailer is kept), no Host, one Cookie line at most, no name with "_", and no
//   pseudo-header; Expect: 100-continue stays, but for HTTP/1.0.
std::optional<Rejection> Canonicalise(const PathRules& rules, Request& request);

// CanonicaliseResponse takes hop-by-hop fields out of a response. kSwitching is kept by the caller.
std::optional<Rejection> CanonicaliseResponse(Response& response);

// CanonicaliseTrailers, for requests and responses, drops from trailers what may only stand in
// headers (RFC 9110 section 6.5.1): framing, routing, authentication, identity, hop-by-hop. A bad
// name or value, and a pseudo-header, is a rejection.
std::optional<Rejection> CanonicaliseTrailers(HeaderMap& trailers);

// IsGrpc: whether a Content-Type is gRPC's (gRPC over HTTP2): "application/grpc", alone or with
// "+proto" or the like. Parameters and white space may follow; application/grpc-web is another
// protocol.
bool IsGrpc(absl::string_view content_type);

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_CANONICAL_H_
