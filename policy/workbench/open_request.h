// OpenRequest is what is said of a request; what is not said is left open.
#ifndef FIREBREAK_POLICY_WORKBENCH_OPEN_REQUEST_H_
#define FIREBREAK_POLICY_WORKBENCH_OPEN_REQUEST_H_

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "http/message.h"

namespace firebreak::policy {

// OpenRequestLine is what is said as people and files write it. Empty and absent are not said.
struct OpenRequestLine {
  std::optional<std::string> method = {};
  std::optional<std::string> path = {};
  std::string host = {};
  std::string protocol = {};  // as of RequestLine
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct OpenRequest {
  // Of is canonical. InvalidArgument: the sidecar would refuse every such request as malformed.
  static absl::StatusOr<OpenRequest> Of(const OpenRequestLine& line);

  http::Request request;  // with something in the place of what is not said
  bool method = false;    // each: is said
  bool path = false;
  bool host = false;
  std::set<std::string> headers;  // those that are said
  std::string protocol;           // "": not said
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_OPEN_REQUEST_H_
