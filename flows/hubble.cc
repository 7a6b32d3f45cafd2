#include "flows/hubble.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/json_text.h"
#include "flows/principal.h"

namespace firebreak::flows {
namespace {

struct DropReason {
  uint64_t number;
  absl::string_view name;
};

DropReason DropReasonOf(absl::string_view reason) {
  if (reason == "NO_RULE" || reason == "UNKNOWN_DESTINATION") return {133, "POLICY_DENIED"};
  if (reason == "EXPLICIT_DENY" || reason == "POLICY_CHANGED" || reason == "EXPIRED_GRANT" ||
      reason == "QUARANTINED" || reason == "INSPECTION") {
    return {181, "POLICY_DENY"};
  }
  if (reason == "TLS_FAILURE") return {189, "AUTH_REQUIRED"};
  if (absl::StartsWith(reason, "IDENTITY_") || reason == "REVOKED" || reason == "TRUST_CHANGED") {
    return {171, "INVALID_IDENTITY"};
  }
  return {0, "DROP_REASON_UNKNOWN"};
}

void AppendLabel(absl::string_view key, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  if (out->back() != '[') out->push_back(',');
  AppendJsonString(absl::StrCat(key, "=", value), out);
}

void AppendEnd(absl::string_view name, const FlowEndpoint& endpoint, std::string* out) {
  const size_t start = OpenObject(name, out);
  AppendText(R"(,"namespace":)", endpoint.namespace_name, out);
  AppendName(R"(,"labels":)", out);
  out->push_back('[');
  AppendLabel("spiffe:id", endpoint.principal, out);
  AppendLabel("k8s:io.kubernetes.pod.namespace", endpoint.namespace_name, out);
  if (const auto parts = SplitPrincipal(endpoint.principal)) {
    AppendLabel("k8s:io.cilium.k8s.policy.serviceaccount", parts->service_account, out);
  }
  out->push_back(']');
  AppendText(R"(,"pod_name":)", endpoint.workload, out);
  if (!endpoint.workload.empty()) {
    AppendName(R"(,"workloads":[{"name":)", out);
    AppendJsonString(endpoint.workload, out);
    out->append("}]");
  }
  CloseObject(start, out);
}

void AppendLayers(const Flow& flow, std::string* out) {
  const size_t ip = OpenObject(R"(,"IP":)", out);
  AppendText(R"(,"source":)", flow.source.ip, out);
  AppendText(R"(,"destination":)", flow.destination.ip, out);
  const absl::string_view either = flow.source.ip.empty() ? flow.destination.ip : flow.source.ip;
  if (!either.empty()) {
    AppendWord(R"(,"ipVersion":)", absl::StrContains(either, ':') ? "IPv6" : "IPv4", out);
  }
  if (!flow.tls.version.empty()) {
    AppendName(R"(,"encrypted":)", out);
    out->append("true");
  }
  CloseObject(ip, out);
  const size_t l4 = OpenObject(R"(,"l4":)", out);
  const size_t tcp = OpenObject(R"(,"TCP":)", out);
  AppendNumber(R"(,"source_port":)", flow.source.port, out);
  AppendNumber(R"(,"destination_port":)", flow.destination.port, out);
  CloseObject(tcp, out);
  CloseObject(l4, out);
}

void AppendRequest(const Flow& flow, std::string* out) {
  const size_t l7 = OpenObject(R"(,"l7":)", out);
  AppendWord(R"(,"type":)", flow.http.status == 0 ? "REQUEST" : "RESPONSE", out);
  AppendWord(R"(,"latency_ns":)", absl::StrCat(flow.duration_us * 1'000), out);
  const size_t http = OpenObject(R"(,"http":)", out);
  if (flow.http.status != 0) AppendNumber(R"(,"code":)", flow.http.status, out);
  AppendText(R"(,"method":)", flow.http.method, out);
  if (!flow.http.path.empty()) {
    AppendText(R"(,"url":)", UrlOf(flow), out);
  }
  const bool second = flow.protocol == "HTTP2" || flow.protocol == "GRPC";
  AppendWord(R"(,"protocol":)", second ? "HTTP/2" : "HTTP/1.1", out);
  CloseObject(http, out);
  CloseObject(l7, out);
}

// AppendPolicy names what decided, in the list that its direction and its verdict choose.
void AppendPolicy(const Flow& flow, bool dropped, std::string* out) {
  if (flow.policy.name.empty()) return;
  absl::StrAppend(out, R"(,")", flow.direction == "OUTBOUND" ? "egress" : "ingress",
                  dropped ? "_denied_by" : "_allowed_by", R"(":[{"name":)");
  AppendJsonString(flow.policy.name, out);
  AppendText(R"(,"namespace":)", flow.policy.namespace_name, out);
  AppendName(R"(,"labels":[)", out);
  AppendLabel("firebreak:rule", flow.policy.rule, out);
  absl::StrAppend(out, R"(],"kind":"AuthorizationPolicy"}])");
}

// Numbers of Cilium's monitor: a drop, a trace, a record of a request.
absl::string_view EventType(const Flow& flow, bool dropped) {
  if (flow.event == kRequestEvent) return R"({"type":129})";
  return dropped ? R"({"type":1})" : R"({"type":4})";
}

void AppendFlow(const Flow& flow, std::string* out) {
  const bool dropped = flow.verdict == "DROPPED";
  const bool request = flow.event == kRequestEvent;
  AppendTime(R"(,"time":)", flow.time, out);
  AppendText(R"(,"uuid":)", flow.flow_id, out);
  AppendText(R"(,"verdict":)", flow.verdict, out);
  if (dropped) {
    const DropReason reason = DropReasonOf(flow.reason);
    AppendNumber(R"(,"drop_reason":)", reason.number, out);
    AppendWord(R"(,"drop_reason_desc":)", reason.name, out);
  }
  const bool known = !flow.source.principal.empty() && !flow.destination.principal.empty();
  AppendWord(R"(,"auth_type":)", known ? "SPIRE" : "DISABLED", out);
  AppendLayers(flow, out);
  AppendEnd(R"(,"source":)", flow.source, out);
  AppendEnd(R"(,"destination":)", flow.destination, out);
  AppendWord(R"(,"Type":)", request ? "L7" : "L3_L4", out);
  AppendText(R"(,"node_name":)", flow.reporter.node, out);
  if (request) AppendRequest(flow, out);
  absl::StrAppend(out, R"(,"event_type":)", EventType(flow, dropped));
  AppendWord(R"(,"traffic_direction":)", flow.direction == "OUTBOUND" ? "EGRESS" : "INGRESS", out);
  out->append(R"(,"is_reply":false)");  // source and destination are those of the request
  if (!flow.trace_id.empty()) {
    AppendText(R"(,"trace_context":{"parent":{"trace_id":)", flow.trace_id, out);
    out->append("}}");
  }
  AppendPolicy(flow, dropped, out);
}

}  // namespace

absl::string_view HubbleDropReason(absl::string_view reason) { return DropReasonOf(reason).name; }

void AppendHubble(const Flow& flow, std::string* out) {
  if (flow.event == kHeadEvent || flow.event == kRollupEvent) return;
  out->push_back('{');
  const bool lost = flow.event == kLostEvent;
  const size_t start = OpenObject(lost ? R"(,"lost_events":)" : R"(,"flow":)", out);
  if (lost) {
    AppendWord(R"(,"source":)", "HUBBLE_RING_BUFFER", out);
    AppendWord(R"(,"num_events_lost":)", absl::StrCat(flow.lost.count), out);
  } else {
    AppendFlow(flow, out);
  }
  CloseObject(start, out);
  AppendText(R"(,"node_name":)", flow.reporter.node, out);
  AppendTime(R"(,"time":)", flow.time, out);
  out->push_back('}');
}

}  // namespace firebreak::flows
