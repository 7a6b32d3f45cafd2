// What a Content-Type says a body is.
#ifndef FIREBREAK_INSPECT_PAYLOAD_CONTENT_TYPE_H_
#define FIREBREAK_INSPECT_PAYLOAD_CONTENT_TYPE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class BodyKind : uint8_t {
  kUnknown,  // no Content-Type, or one that names no structure: text/plain, image/png
  kForm,
  kMultipart,
  kJson,
  kJsonLines,  // JSON texts one behind the other
  kXml,
  kGraphql,
  kGrpc,
  kProtobuf,
};

// ContentType is as much of the header as taking a body apart needs (RFC 9110 section 8.3).
struct ContentType {
  BodyKind kind = BodyKind::kUnknown;
  std::string boundary;       // of a multipart; at most kMaxBoundary bytes
  bool odd_boundary = false;  // missing, empty, too long, given twice, or with odd characters
  // A charset is named of which it is not known that ASCII is written as ASCII in it.
  bool odd_charset = false;
};

// RFC 2046 section 5.1.1.
inline constexpr size_t kMaxBoundary = 70;

// ParseContentType makes the best of any text: what it cannot read is kUnknown.
ContentType ParseContentType(absl::string_view value);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_CONTENT_TYPE_H_
