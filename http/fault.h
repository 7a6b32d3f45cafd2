// Fault is what is wrong with a message, one value a rule.
#ifndef FIREBREAK_HTTP_FAULT_H_
#define FIREBREAK_HTTP_FAULT_H_

#include <cstdint>

#include "absl/types/span.h"

#include "http/canonical.h"

namespace firebreak::http {

// Each but kNone has its row in fault.cc and in docs/reference/http.md.
enum class Fault : uint8_t {
  kNone,
  // The request line and its like.
  kMethod,
  kMethodCase,
  kConnect,
  kTrace,
  kScheme,
  kMissingHost,
  kDuplicateHost,
  kHostMismatch,
  kAuthorityHost,
  kAuthorityPort,
  kAuthorityUserinfo,
  // The target.
  kPathForm,
  kPathAsterisk,
  kPathBytes,
  kPathFragment,
  kPathBackslash,
  kPathNonAscii,
  kPathEscape,
  kPathEscapedControl,
  kPathEscapedSlash,
  kPathParameters,
  kPathDotSegment,
  kPathAboveRoot,
  // Header fields.
  kHeaderName,
  kHeaderValue,
  kPseudoHeader,
  kHeaderUnderscore,
  kDuplicateHeader,
  kFraming,
  kConnectionSpecific,
  kTe,
  kConnectionOption,
  kConnectionNamesProtected,
  kUpgrade,
  kExpectation,
  kGrpcMethod,
  // Responses.
  kResponseStatus,
  kResponseHeaderName,
  kResponseHeaderValue,
  kResponseFraming,
  kResponseConnection,
  kResponseConnectionSpecific,
  // Trailers.
  kTrailerName,
  kTrailerValue,
  kTrailerPseudoHeader,
};

// RejectionOf is the answer to a fault; kNone has none and gives an internal error (500).
Rejection RejectionOf(Fault fault);

// AllRejections lists the answers in the order of the reference.
absl::Span<const Rejection> AllRejections();

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_FAULT_H_
