#include "proxy/http/codec.h"

namespace firebreak::proxy {

absl::string_view StreamErrorName(StreamError error) {
  switch (error) {
    case StreamError::kReset:
      return "reset";
    case StreamError::kUnprocessed:
      return "unprocessed";
    case StreamError::kUncertain:
      return "uncertain";
    case StreamError::kMalformed:
      return "malformed";
    case StreamError::kLimit:
      return "limit";
    case StreamError::kCancelled:
      return "cancelled";
    case StreamError::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace firebreak::proxy
