#include "policy/workbench/open_request.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

absl::StatusOr<OpenRequest> OpenRequest::Of(const OpenRequestLine& line) {
  RequestLine whole;
  whole.host = line.host;
  whole.protocol = line.protocol;
  whole.headers = line.headers;
  whole.path = line.path.value_or(whole.path);
  // The one path that takes but one method.
  whole.method = line.method.value_or(whole.path == "*" ? "OPTIONS" : whole.method);
  OpenRequest open;
  FB_ASSIGN_OR_RETURN(open.request, Canonical(whole));
  if (line.method.has_value() && open.request.method != *line.method) {
    return absl::InvalidArgumentError(absl::StrCat("a request of protocol ", line.protocol,
                                                   " is a ", open.request.method, ", not ",
                                                   *line.method));
  }
  open.method = line.method.has_value();
  open.path = line.path.has_value();
  open.host = !line.host.empty();
  for (size_t i = 0; i < open.request.headers.size(); ++i) {
    open.headers.emplace(open.request.headers[i].name);
  }
  open.protocol = line.protocol;
  return open;
}

}  // namespace firebreak::policy
