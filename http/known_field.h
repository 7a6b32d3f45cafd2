// The header fields that HTTP itself gives a meaning, and what that means for a proxy.
#ifndef FIREBREAK_HTTP_KNOWN_FIELD_H_
#define FIREBREAK_HTTP_KNOWN_FIELD_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::http {

enum FieldTrait : uint8_t {
  kHopByHop = 1,     // concerns one connection; is taken out
  kOnlyHttp1 = 2,    // makes an HTTP/2 message malformed (RFC 9113 section 8.2.2)
  kFraming = 4,      // the codec has taken it out
  kSingle = 8,       // more than one line in a request is refused
  kNotTrailer = 16,  // is dropped from trailers (RFC 9110 section 6.5.1)
  kProtected = 32,   // may not be named by Connection
};

struct KnownField {
  absl::string_view name;
  uint8_t traits;
};

// In the order of their lengths, so that a look-up compares with few.
inline constexpr auto kKnownFields = std::to_array<KnownField>({
    {"te", kHopByHop | kNotTrailer},
    {"age", kNotTrailer},
    {"date", kNotTrailer},
    {"from", kSingle},
    {"host", kNotTrailer | kProtected},
    {"vary", kNotTrailer},
    {"range", kSingle | kNotTrailer},
    {"cookie", kNotTrailer},
    {"expect", kSingle | kNotTrailer},
    {"origin", kSingle | kNotTrailer},
    {"pragma", kNotTrailer},
    {"expires", kNotTrailer},
    {"referer", kSingle},
    {"trailer", kNotTrailer},
    {"upgrade", kHopByHop | kOnlyHttp1 | kNotTrailer},
    {"warning", kNotTrailer},
    {"if-match", kNotTrailer},
    {"if-range", kSingle | kNotTrailer},
    {"location", kNotTrailer},
    {"forwarded", kNotTrailer | kProtected},
    {"connection", kHopByHop | kOnlyHttp1 | kNotTrailer},
    {"keep-alive", kHopByHop | kOnlyHttp1 | kNotTrailer},
    {"set-cookie", kNotTrailer},
    {"tracestate", kNotTrailer | kProtected},
    {"retry-after", kNotTrailer},
    {"traceparent", kNotTrailer | kProtected},
    {"content-type", kSingle | kNotTrailer},
    {"grpc-timeout", kSingle | kNotTrailer},
    {"max-forwards", kSingle | kNotTrailer},
    {"authorization", kSingle | kNotTrailer | kProtected},
    {"cache-control", kNotTrailer},
    {"content-range", kNotTrailer},
    {"if-none-match", kNotTrailer},
    {"content-length", kFraming | kNotTrailer | kProtected},
    {"http2-settings", kHopByHop | kNotTrailer},
    {"content-encoding", kNotTrailer},
    {"content-location", kNotTrailer},
    {"proxy-connection", kHopByHop | kOnlyHttp1 | kNotTrailer},
    {"www-authenticate", kNotTrailer},
    {"if-modified-since", kSingle | kNotTrailer},
    {"sec-websocket-key", kNotTrailer},
    {"transfer-encoding", kOnlyHttp1 | kFraming | kNotTrailer | kProtected},
    {"proxy-authenticate", kNotTrailer},
    {"if-unmodified-since", kSingle | kNotTrailer},
    {"proxy-authorization", kSingle | kNotTrailer | kProtected},
    {"sec-websocket-version", kNotTrailer},
    {"x-firebreak-principal", kSingle | kNotTrailer | kProtected},
    {"x-forwarded-client-cert", kSingle | kNotTrailer | kProtected},
});

inline constexpr size_t kMaxKnownFieldBytes = 23;

// FieldSet is a set of known fields, a bit for each in the order of the table.
using FieldSet = uint64_t;
static_assert(kKnownFields.size() <= 64);

// kNoField: not a known field.
inline constexpr size_t kNoField = kKnownFields.size();

// FindKnownField is the number of a field in the table, or kNoField. `name` is in lower case.
size_t FindKnownField(absl::string_view name);

constexpr FieldSet Bit(size_t field) { return FieldSet{1} << field; }

// FieldOf is FindKnownField for names that are written in the code. A name that is not there does
// not compile: the search would leave the table.
consteval size_t FieldOf(absl::string_view name) {
  size_t field = 0;
  while (kKnownFields[field].name != name) ++field;
  return field;
}

// FieldsWith are all fields with one of the traits.
consteval FieldSet FieldsWith(uint8_t traits) {
  FieldSet fields = 0;
  for (size_t i = 0; i < kKnownFields.size(); ++i) {
    if ((kKnownFields[i].traits & traits) != 0) fields |= Bit(i);
  }
  return fields;
}

// IsProtectedName is whether a name, in any case, is one by which the proxy or the application
// knows who calls, or how long a message is: Connection may not name it.
bool IsProtectedName(absl::string_view name);

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_KNOWN_FIELD_H_
