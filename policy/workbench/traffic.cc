#include "policy/workbench/traffic.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/ip.h"
#include "base/status.h"
#include "certs/spiffe_id.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/principal.h"
#include "http/message.h"

namespace firebreak::policy {
namespace {

enum class Outcome { kCarried, kDenied, kFailed, kNotDecided };

Outcome OutcomeOf(const flows::Flow& flow) {
  if (flow.verdict == "FORWARDED" || flow.verdict == "AUDIT") return Outcome::kCarried;
  if (flow.verdict == "ERROR") return Outcome::kFailed;
  const bool by_policy = flow.reason == "NO_RULE" || flow.reason == "EXPLICIT_DENY" ||
                         flow.reason == "EXPIRED_GRANT" || flow.reason == "POLICY_CHANGED";
  return flow.verdict == "DROPPED" && by_policy ? Outcome::kDenied : Outcome::kNotDecided;
}

// IsRefused: the other side, its sidecar or its app, has said no.
bool IsRefused(const flows::Flow& flow) {
  constexpr uint16_t kForbidden = 403;
  constexpr uint64_t kPermissionDenied = 7;
  return flow.direction == "OUTBOUND" && flow.event == flows::kRequestEvent &&
         (flow.http.status == kForbidden || flow.grpc.status == kPermissionDenied);
}

// CarriesOf mirrors what the sidecar asks: an HTTP connection is asked about by its requests, and
// one whose protocol was never known only by what is true whatever its requests are.
Carries CarriesOf(const flows::Flow& flow) {
  if (flows::TellsOfRequest(flow)) return Carries::kRequest;
  return flow.protocol == "TCP" || flow.protocol == "TLS" ? Carries::kBytes : Carries::kRequests;
}

AskedRequest RequestOf(const flows::Flow& flow) {
  AskedRequest request;
  request.method = flow.http.method;
  request.authority = flow.http.authority;
  request.path = flow.http.path;
  request.grpc = flow.protocol == "GRPC" || !flow.grpc.service.empty();
  request.http2 = flow.protocol == "HTTP2" || request.grpc;
  request.websocket = flow.protocol == "WEBSOCKET";
  return request;
}

std::string WorkloadOf(const flows::Flow& flow) {
  if (!flow.reporter.workload.empty()) return flow.reporter.workload;
  const auto parts = flows::SplitPrincipal(flow.reporter.principal);
  return parts.has_value() ? std::string(parts->service_account) : "";
}

std::string NamespaceOf(const flows::Flow& flow) {
  if (!flow.reporter.namespace_name.empty()) return flow.reporter.namespace_name;
  const auto parts = flows::SplitPrincipal(flow.reporter.principal);
  return parts.has_value() ? std::string(parts->namespace_name) : "";
}

http::Request ToRequest(const AskedRequest& asked) {
  http::Request request;
  request.version = asked.http2 ? http::Version::kHttp2 : http::Version::kHttp11;
  request.method = asked.method;
  request.scheme = "http";
  request.authority = asked.authority;
  request.path = asked.path;
  request.grpc = asked.grpc;
  if (asked.websocket) request.upgrade = http::Upgrade::kWebsocket;
  return request;
}

absl::StatusOr<std::optional<certs::SpiffeId>> IdentityOf(const std::string& principal) {
  if (principal.empty()) return std::optional<certs::SpiffeId>();
  FB_ASSIGN_OR_RETURN(certs::SpiffeId id, certs::SpiffeId::ParsePrincipal(principal));
  return std::optional<certs::SpiffeId>(std::move(id));
}

absl::StatusOr<IpAddress> AddressOf(const std::string& ip) {
  if (ip.empty()) return IpAddress();
  return IpAddress::Parse(ip);
}

std::string Name(const Party& party) {
  if (!party.principal.empty()) return party.principal;
  return party.ip.empty() ? "(unknown)" : party.ip;
}

}  // namespace

absl::StatusOr<Decision> Decide(Authorizer& authorizer, const Traffic& traffic, absl::Time now) {
  FB_ASSIGN_OR_RETURN(const std::optional<certs::SpiffeId> source,
                      IdentityOf(traffic.source.principal));
  FB_ASSIGN_OR_RETURN(const std::optional<certs::SpiffeId> destination,
                      IdentityOf(traffic.destination.principal));
  const http::Request http = ToRequest(traffic.request);
  ConnectionRequest question;
  question.direction = traffic.direction;
  question.carries = traffic.carries;
  if (traffic.carries == Carries::kRequest) question.http = &http;
  question.source.id = source.has_value() ? &*source : nullptr;
  question.destination.id = destination.has_value() ? &*destination : nullptr;
  FB_ASSIGN_OR_RETURN(question.source.ip, AddressOf(traffic.source.ip));
  FB_ASSIGN_OR_RETURN(question.destination.ip, AddressOf(traffic.destination.ip));
  question.destination.port = traffic.port;
  question.now = now;
  Decision decision;
  // The status of a refusal says no more than the decision does.
  authorizer.Authorize(question, &decision).IgnoreError();
  return decision;
}

std::string Describe(const Traffic& traffic) {
  const bool inbound = traffic.direction == Direction::kInbound;
  const std::string self = absl::StrCat(traffic.workload_namespace, "/", traffic.workload);
  std::string text =
      absl::StrCat(inbound ? Name(traffic.source) : self, " -> ",
                   inbound ? self : Name(traffic.destination), " port ", traffic.port);
  switch (traffic.carries) {
    case Carries::kBytes:
      absl::StrAppend(&text, " TCP");
      break;
    case Carries::kRequests:
      absl::StrAppend(&text, " (connection)");
      break;
    case Carries::kRequest:
      absl::StrAppend(&text, traffic.request.grpc ? " gRPC " : " ",
                      traffic.request.websocket ? "WebSocket " : "", traffic.request.method, " ",
                      traffic.request.path);
      break;
  }
  return PrintableEscaped(text);
}

void Sightings::Add(const flows::Flow& flow, bool counts) {
  if (counts) ++count;
  first = std::min(first, flow.time);
  if (flow.time < last) return;
  last = flow.time;
  decision_id = flow.decision_id;
  flow_id = flow.flow_id;
}

void Sightings::Merge(const Sightings& other) {
  count += other.count;
  first = std::min(first, other.first);
  if (other.last < last) return;
  last = other.last;
  decision_id = other.decision_id;
  flow_id = other.flow_id;
}

// CountsAgain: a connection that lives for long has several records, and is one connection; so is a
// request.
bool TrafficLog::CountsAgain(const flows::Flow& flow) {
  // Requests on one connection differ in their decision.
  std::string id = flows::TellsOfRequest(flow) ? absl::StrCat(flow.flow_id, " ", flow.decision_id)
                                               : flow.flow_id;
  if (flows::Ended(flow)) return open_.erase(id) == 0;
  return open_.insert(std::move(id)).second;
}

void TrafficLog::Add(const flows::Flow& flow) {
  if (flows::MissingHere(flow)) {
    left_.lost += flow.lost.count;
    return;
  }
  if (!flows::TellsOfFlow(flow)) return;
  ++lines_;
  first_ = std::min(first_, flow.time);
  last_ = std::max(last_, flow.time);
  const bool counts = CountsAgain(flow);
  const Outcome outcome = OutcomeOf(flow);
  if (outcome == Outcome::kNotDecided) {
    ++left_.not_decided;
    return;
  }
  Traffic traffic;
  traffic.workload_namespace = NamespaceOf(flow);
  traffic.workload = WorkloadOf(flow);
  if (traffic.workload.empty() || traffic.workload_namespace.empty()) {
    ++left_.no_workload;
    return;
  }
  traffic.direction = flow.direction == "OUTBOUND" ? Direction::kOutbound : Direction::kInbound;
  traffic.source = {flow.source.principal, flow.source.ip};
  traffic.destination = {flow.destination.principal, flow.destination.ip};
  traffic.port = flow.destination.port;
  if (traffic.port == 0) {
    ++left_.no_port;
    return;
  }
  traffic.carries = CarriesOf(flow);
  // What an HTTP connection carried is told by its requests.
  const bool told_by_requests = traffic.carries == Carries::kRequests && !flow.protocol.empty();
  if (told_by_requests && outcome != Outcome::kDenied) return;
  if (traffic.carries == Carries::kRequest) traffic.request = RequestOf(flow);
  if (questions_.size() >= kMaxQuestions && !questions_.count(traffic)) {
    ++left_.too_many;
    return;
  }
  Evidence& evidence = questions_[std::move(traffic)];
  Sightings& sightings = outcome == Outcome::kCarried  ? evidence.carried
                         : outcome == Outcome::kDenied ? evidence.denied
                                                       : evidence.failed;
  sightings.Add(flow, counts);
  if (outcome == Outcome::kDenied) return;
  if (outcome == Outcome::kCarried && IsRefused(flow)) evidence.refused.Add(flow, counts);
  NamedRule rule;
  if (!flow.policy.name.empty()) {
    rule = {absl::StrCat(flow.policy.namespace_name, "/", flow.policy.name), flow.policy.rule};
  }
  absl::Time& last = evidence.rules.emplace(std::move(rule), absl::InfinitePast()).first->second;
  last = std::max(last, flow.time);
}

}  // namespace firebreak::policy
