// The head of an HTTP/1 message: start line, field lines, and what they say about framing. The
// rules are RFC 9112's, without anything it lets a recipient repair.
#ifndef FIREBREAK_PROXY_HTTP1_HEAD_H_
#define FIREBREAK_PROXY_HTTP1_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "http/header_map.h"
#include "http/message.h"

namespace firebreak::proxy {

// A request target longer than this is refused whatever max_header_bytes allows.
inline constexpr size_t kMaxTargetBytes = 16'384;
// No method is longer (llhttp's longest has 13).
inline constexpr size_t kMaxMethodBytes = 20;

struct MessageHead {
  http::Version version = http::Version::kHttp11;
  std::string method;  // requests
  std::string target;  // requests
  int status = 0;      // responses
  http::HeaderMap headers;
  size_t fields = 0;  // lines that came, those of framing included

  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool close = false;    // the connection ends after the exchange
  bool upgrade = false;  // an Upgrade field was there
};

// A line is given without its CRLF. Each returns what is wrong with it, if anything; for responses
// the status of a Rejection means nothing.
using Refusal = std::optional<http::Rejection>;
Refusal ReadRequestLine(absl::string_view line, MessageHead& head);
Refusal ReadStatusLine(absl::string_view line, MessageHead& head);
// ReadField adds a field to the headers, or takes it as framing.
Refusal ReadField(absl::string_view line, MessageHead& head);
// ReadTrailer adds a field to trailers, which may not speak of framing.
Refusal ReadTrailer(absl::string_view line, http::HeaderMap& trailers);
// FinishHead checks what can be said of all fields together.
Refusal FinishHead(MessageHead& head);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_HEAD_H_
