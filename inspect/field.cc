#include "inspect/field.h"

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

absl::string_view PlaceName(Place place) {
  switch (place) {
    case Place::kPath:
      return "path";
    case Place::kQuery:
      return "query";
    case Place::kHeader:
      return "header";
    case Place::kCookie:
      return "cookie";
    case Place::kForm:
      return "form";
    case Place::kMultipart:
      return "multipart";
    case Place::kJson:
      return "json";
    case Place::kXml:
      return "xml";
    case Place::kGraphql:
      return "graphql";
    case Place::kGrpc:
      return "grpc";
    case Place::kWebSocket:
      return "websocket";
    case Place::kBytes:
      return "bytes";
  }
  return "bytes";
}

}  // namespace firebreak::inspect
