// The messages of HTTP (RFC 9110), whatever version carries them.
#ifndef FIREBREAK_HTTP_MESSAGE_H_
#define FIREBREAK_HTTP_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "http/header_map.h"

namespace firebreak::http {

enum class Version : uint8_t { kHttp10, kHttp11, kHttp2 };

// Upgrade is what a request asks the connection to become.
enum class Upgrade : uint8_t { kNone, kWebsocket };

// Request is one request. A codec fills in what stands on the wire, with framing checked and
// framing fields (Content-Length, Transfer-Encoding) taken out of `headers`; Canonicalise (see
// canonical.h) then makes it the canonical request: the very object that is authorised, inspected,
// forwarded and logged.
struct Request {
  Version version = Version::kHttp11;
  std::string method;     // case-sensitive
  std::string scheme;     // HTTP/2: as sent; HTTP/1: of an absolute-form target, else empty
  std::string authority;  // HTTP/2 :authority; HTTP/1: of an absolute-form target, else empty
  std::string path;       // codec: the target with its query; canonical: without
  std::string query;      // canonical: what follows "?", as sent
  bool has_query = false;
  HeaderMap headers;

  // How the body is framed. Neither: HTTP/1 has no body, HTTP/2 one unless headers end the stream.
  std::optional<uint64_t> content_length;
  bool chunked = false;   // HTTP/1 Transfer-Encoding: chunked
  bool has_body = false;  // something may follow the headers

  // Set by Canonicalise.
  Upgrade upgrade = Upgrade::kNone;
  bool grpc = false;               // Content-Type application/grpc, +proto and the like
  bool expect_continue = false;    // Expect: 100-continue
  bool trailers_accepted = false;  // TE: trailers
};

// Response is one response, final or informational. Framing as in Request.
struct Response {
  Version version = Version::kHttp11;
  int status = 0;
  HeaderMap headers;
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool has_body = false;
};

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_MESSAGE_H_
