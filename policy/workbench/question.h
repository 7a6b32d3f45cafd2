// PolicyQuestion is one question to the policy engine that owns what it asks about: who connects to
// whom, in which direction, with which request, at what time.
#ifndef FIREBREAK_POLICY_WORKBENCH_QUESTION_H_
#define FIREBREAK_POLICY_WORKBENCH_QUESTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "certs/spiffe_id.h"
#include "http/message.h"
#include "policy/decision.h"
#include "policy/policy_set.h"
#include "policy/request.h"
#include "policy/workload.h"

namespace firebreak::policy {

// QuestionEnd is one side of the connection. Absent values are not known, as for the engine.
struct QuestionEnd {
  std::optional<certs::SpiffeId> id;
  IpAddress ip;
};

// PolicyQuestion: workload is the one whose sidecar is asked, the destination of an INBOUND
// connection and the source of an OUTBOUND one; its policies decide.
struct PolicyQuestion {
  Direction direction = Direction::kInbound;
  Workload workload;
  QuestionEnd source;
  QuestionEnd destination;
  uint16_t port = 0;
  // Without a request: a byte stream, or a connection that may carry requests.
  Carries carries = Carries::kBytes;
  std::optional<http::Request> request;  // canonical; set: carries is kRequest
  RemoteAddress remote;                  // as ConnectionRequest::remote
  std::string server_name;               // of TLS; "": none
  absl::Time at;
  // There may have been more header fields than request has: nobody knows them.
  bool headers_open = false;

  // View is the question as the engine takes it. Borrows this.
  ConnectionRequest View() const;
};

// Ask is the answer of the engine itself, that of the proxy. policy null is the empty policy.
Decision Ask(const std::shared_ptr<const PolicySet>& policy, const PolicyQuestion& question);

// RequestLine is a request as people and files write it.
struct RequestLine {
  std::string method = "GET";
  std::string path = "/";
  std::string host = {};
  std::string protocol = {};  // HTTP1 (default), HTTP2, GRPC or WEBSOCKET
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Canonical makes the request that the sidecar would decide on, with the code that does so on the
// wire. InvalidArgument: it would be refused as malformed, with the code that
// docs/reference/http.md lists.
absl::StatusOr<http::Request> Canonical(const RequestLine& line);

// Describe is the question in one line: "shop.example/ns/shop/sa/orders to shop/payments:8080 POST
// /v1/charges/7". Not escaped.
std::string Describe(const PolicyQuestion& question);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_QUESTION_H_
