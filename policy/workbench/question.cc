#include "policy/workbench/question.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "http/field.h"
#include "policy/authorizer.h"

namespace firebreak::policy {
namespace {

std::string EndName(const QuestionEnd& end) {
  if (end.id.has_value()) return std::string(end.id->principal());
  if (!end.ip.is_unspecified()) return absl::StrCat(end.ip.ToString(), " (no identity)");
  return "somebody without identity";
}

std::string WorkloadName(const Workload& workload) {
  std::string name = workload.workload_namespace;
  const auto app = workload.labels.find("app");
  absl::StrAppend(&name, "/", app != workload.labels.end() ? app->second : "*");
  return name;
}

// FillProtocol turns a name of protocols into what a codec would have read.
absl::Status FillProtocol(absl::string_view protocol, http::Request* request) {
  if (protocol.empty() || protocol == "HTTP1" || protocol == "HTTP") return absl::OkStatus();
  if (protocol == "WEBSOCKET") {
    request->method = "GET";
    request->headers.Add("connection", "upgrade");
    request->headers.Add("upgrade", "websocket");
    request->headers.Add("sec-websocket-version", "13");
    request->headers.Add("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
    return absl::OkStatus();
  }
  if (protocol != "HTTP2" && protocol != "GRPC") {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", protocol, "\" is no protocol of a request: one of HTTP1, HTTP2, GRPC, WEBSOCKET"));
  }
  request->version = http::Version::kHttp2;
  request->scheme = "https";
  if (protocol == "GRPC") {
    request->method = "POST";
    if (!request->headers.Has("content-type")) {
      request->headers.Add("content-type", "application/grpc");
    }
    if (!request->headers.Has("te")) request->headers.Add("te", "trailers");
  }
  return absl::OkStatus();
}

}  // namespace

ConnectionRequest PolicyQuestion::View() const {
  ConnectionRequest view;
  view.direction = direction;
  view.carries = request.has_value() ? Carries::kRequest : carries;
  view.http = request.has_value() ? &*request : nullptr;
  view.source.id = source.id.has_value() ? &*source.id : nullptr;
  view.source.ip = source.ip;
  view.destination.id = destination.id.has_value() ? &*destination.id : nullptr;
  view.destination.ip = destination.ip;
  view.destination.port = port;
  view.remote = remote;
  view.server_name = server_name;
  view.now = at;
  return view;
}

Decision Ask(const std::shared_ptr<const PolicySet>& policy, const PolicyQuestion& question) {
  Authorizer authorizer(policy, /*id_seed=*/0);
  Decision decision;
  // The permit is of no use here; the decision says the same.
  static_cast<void>(authorizer.Authorize(question.View(), &decision));
  return decision;
}

absl::StatusOr<http::Request> Canonical(const RequestLine& line) {
  http::Request request;
  request.method = line.method;
  request.path = line.path;
  for (const auto& [written, value] : line.headers) {
    std::string name = written;
    if (!http::LowerName(name) || !http::IsFieldValue(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", written, ": ", value, "\" is no header of a request"));
    }
    request.headers.Add(name, value);
  }
  const absl::Status protocol = FillProtocol(line.protocol, &request);
  if (!protocol.ok()) return protocol;
  const std::string host = line.host.empty() ? "host.invalid" : line.host;
  if (request.version == http::Version::kHttp2) {
    request.authority = host;
  } else {
    request.headers.Add("host", host);
  }
  if (const auto rejection = http::Canonicalise(http::PathRules(), request)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the sidecar would refuse this request before any rule is asked: ", rejection->code,
        " (status ", rejection->status, ")",
        rejection->code == "path_form" ? ": a path begins with /" : ""));
  }
  // Nobody said which host: then there is none for rules to match.
  if (line.host.empty()) request.authority.clear();
  return request;
}

std::string Describe(const PolicyQuestion& question) {
  const bool inbound = question.direction == Direction::kInbound;
  std::string text = absl::StrCat(
      inbound || question.source.id.has_value() ? EndName(question.source)
                                                : WorkloadName(question.workload),
      " to ", inbound ? WorkloadName(question.workload) : EndName(question.destination), ":",
      question.port);
  if (question.request.has_value()) {
    const http::Request& request = *question.request;
    absl::StrAppend(&text, request.grpc ? " gRPC " : " ",
                    request.upgrade == http::Upgrade::kWebsocket ? "WebSocket " : "",
                    request.method, " ", request.path);
  } else {
    absl::StrAppend(&text, question.carries == Carries::kBytes ? " TCP" : " (a connection)");
  }
  return text;
}

}  // namespace firebreak::policy
