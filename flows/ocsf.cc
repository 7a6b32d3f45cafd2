#include "flows/ocsf.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/saturate.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

constexpr uint64_t kNetworkCategory = 4;
constexpr uint64_t kNetworkActivity = 4001;
constexpr uint64_t kHttpActivity = 4002;
constexpr uint64_t kOther = 99;
constexpr uint64_t kInformational = 1;
constexpr uint64_t kMedium = 3;
constexpr uint64_t kTcp = 6;

enum NetworkActivity : uint64_t { kOpen = 1, kClose, kReset, kFail, kRefuse, kTraffic };

uint64_t ConnectionActivity(const Flow& flow) {
  if (flow.event == kOpenEvent) return kOpen;
  if (flow.event == kPeriodicEvent) return kTraffic;
  if (flow.close_reason == "CONNECT_FAILED") return kFail;
  if (flow.close_reason == "DENIED" || flow.close_reason == "HANDSHAKE_FAILED") return kRefuse;
  return absl::EndsWith(flow.close_reason, "_FIN") ? kClose : kReset;
}

uint64_t HttpActivity(const Flow& flow) {
  constexpr std::array<absl::string_view, 9> kMethods = {
      "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"};
  for (size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i] == flow.http.method) return i + 1;
  }
  return kOther;
}

void AppendMillis(absl::string_view name, absl::Time time, std::string* out) {
  absl::StrAppend(out, name, absl::ToUnixMillis(time));
}

void AppendMetadata(const Flow& flow, std::string* out) {
  const size_t start = OpenObject(R"(,"metadata":)", out);
  absl::StrAppend(out, R"("version":"1.3.0","product":{"name":"Firebreak",)",
                  R"("vendor_name":"Firebreak"},"profiles":["security_control"])");
  AppendText(R"(,"log_provider":)", flow.reporter.node, out);
  AppendText(R"(,"correlation_uid":)", flow.trace_id, out);
  AppendNumber(R"(,"sequence":)", flow.sequence, out);
  CloseObject(start, out);
}

void AppendClass(uint64_t class_uid, uint64_t category, uint64_t activity, std::string* out) {
  AppendNumber(R"(,"class_uid":)", class_uid, out);
  AppendNumber(R"(,"category_uid":)", category, out);
  AppendNumber(R"(,"activity_id":)", activity, out);
  AppendNumber(R"(,"type_uid":)", class_uid * 100 + activity, out);
}

void AppendOutcome(const Flow& flow, std::string* out) {
  const bool dropped = flow.verdict == "DROPPED";
  const bool failed = dropped || flow.verdict == "ERROR";
  const bool attack = !flow.inspection.matches.empty();
  AppendNumber(R"(,"severity_id":)", attack ? kMedium : kInformational, out);
  absl::StrAppend(out, R"(,"status_id":)", failed ? "2" : "1");
  AppendText(R"(,"status_code":)", flow.reason, out);
  AppendText(R"(,"status_detail":)", flow.detail, out);
  // AUDIT: it was let through, and the disposition (17, Logged) is all that policy did.
  absl::string_view disposition = dropped ? "2" : "1";
  if (flow.verdict == "AUDIT") disposition = "17";
  absl::StrAppend(out, R"(,"action_id":)", dropped ? "2" : "1", R"(,"disposition_id":)",
                  disposition);
  const size_t policy = OpenObject(R"(,"policy":)", out);
  AppendText(R"(,"name":)", flow.policy.name, out);
  AppendText(R"(,"group":{"name":)", flow.policy.namespace_name, out);
  if (!flow.policy.namespace_name.empty()) out->push_back('}');
  AppendText(R"(,"version":)", flow.policy.revision, out);
  CloseObject(policy, out);
  const size_t rule = OpenObject(R"(,"firewall_rule":)", out);
  AppendText(R"(,"name":)", flow.policy.rule, out);
  AppendText(R"(,"desc":)", flow.policy.reason, out);
  CloseObject(rule, out);
}

void AppendEnd(absl::string_view name, const FlowEndpoint& endpoint, std::string* out) {
  const size_t start = OpenObject(name, out);
  AppendText(R"(,"ip":)", endpoint.ip, out);
  if (endpoint.port != 0) AppendNumber(R"(,"port":)", endpoint.port, out);
  AppendText(R"(,"name":)", endpoint.workload, out);
  AppendText(R"(,"uid":)", endpoint.principal, out);
  CloseObject(start, out);
}

void AppendConnection(const Flow& flow, std::string* out) {
  AppendEnd(R"(,"src_endpoint":)", flow.source, out);
  AppendEnd(R"(,"dst_endpoint":)", flow.destination, out);
  const size_t connection = OpenObject(R"(,"connection_info":)", out);
  AppendText(R"(,"uid":)", flow.flow_id, out);
  AppendNumber(R"(,"protocol_num":)", kTcp, out);
  AppendWord(R"(,"protocol_name":)", "tcp", out);
  const bool known = flow.direction == "INBOUND" || flow.direction == "OUTBOUND";
  AppendNumber(R"(,"direction_id":)", !known ? 0 : flow.direction == "INBOUND" ? 1 : 2, out);
  if (!flow.source.ip.empty()) {
    AppendNumber(R"(,"protocol_ver_id":)", absl::StrContains(flow.source.ip, ':') ? 6 : 4, out);
  }
  CloseObject(connection, out);
  AppendText(R"(,"app_name":)", flow.protocol, out);
  if (flow.event != kOpenEvent) {
    // Of what lives on, what is new: whoever adds up events of traffic counts each byte once.
    const bool lives = flow.event == kPeriodicEvent;
    const uint64_t sent = lives ? flow.interval.bytes_sent : SentBytes(flow);
    const uint64_t received = lives ? flow.interval.bytes_received : ReceivedBytes(flow);
    const size_t traffic = OpenObject(R"(,"traffic":)", out);
    AppendNumber(R"(,"bytes_out":)", sent, out);
    AppendNumber(R"(,"bytes_in":)", received, out);
    AppendNumber(R"(,"bytes":)", SaturatingAdd(sent, received), out);
    CloseObject(traffic, out);
  }
  const size_t tls = OpenObject(R"(,"tls":)", out);
  AppendText(R"(,"version":)", flow.tls.version, out);
  AppendText(R"(,"cipher":)", flow.tls.cipher, out);
  AppendText(R"(,"sni":)", flow.tls.sni, out);
  CloseObject(tls, out);
}

void AppendRequest(const Flow& flow, std::string* out) {
  const size_t request = OpenObject(R"(,"http_request":)", out);
  AppendText(R"(,"http_method":)", flow.http.method, out);
  AppendText(R"(,"user_agent":)", flow.http.user_agent, out);
  AppendNumber(R"(,"body_length":)", flow.http.request_bytes, out);
  const size_t url = OpenObject(R"(,"url":)", out);
  AppendText(R"(,"hostname":)", flow.http.authority, out);
  AppendText(R"(,"path":)", flow.http.path, out);
  CloseObject(url, out);
  CloseObject(request, out);
  if (flow.http.status == 0) return;
  const size_t response = OpenObject(R"(,"http_response":)", out);
  AppendNumber(R"(,"code":)", flow.http.status, out);
  AppendNumber(R"(,"body_length":)", flow.http.response_bytes, out);
  AppendNumber(R"(,"latency":)", flow.duration_us / 1'000, out);
  CloseObject(response, out);
}

// AppendUnmapped keeps what OCSF has no attribute for, so that nothing is lost on the way.
void AppendUnmapped(const Flow& flow, std::string* out) {
  const size_t start = OpenObject(R"(,"unmapped":)", out);
  for (const auto& [name, value] :
       std::initializer_list<std::pair<absl::string_view, const std::string&>>{
           {R"(,"event":)", flow.event},
           {R"(,"verdict":)", flow.verdict},
           {R"(,"would_be_verdict":)", flow.policy.would_be_verdict},
           {R"(,"policy_mode":)", flow.policy.mode},
           {R"(,"ticket":)", flow.policy.ticket},
           {R"(,"decision_id":)", flow.decision_id},
           {R"(,"close_reason":)", flow.close_reason},
           {R"(,"path_template":)", flow.http.path_template},
           {R"(,"grpc_service":)", flow.grpc.service},
           {R"(,"grpc_method":)", flow.grpc.method},
           {R"(,"tls_group":)", flow.tls.group},
           {R"(,"svid_serial":)", flow.tls.svid_serial},
           {R"(,"source_namespace":)", flow.source.namespace_name},
           {R"(,"destination_namespace":)", flow.destination.namespace_name},
           {R"(,"reporter_principal":)", flow.reporter.principal},
           {R"(,"inspection_action":)", flow.inspection.action}}) {
    AppendText(name, value, out);
  }
  if (flow.grpc.status.has_value()) AppendNumber(R"(,"grpc_status":)", *flow.grpc.status, out);
  if (!flow.inspection.matches.empty()) {
    AppendNumber(R"(,"inspection_score":)", flow.inspection.score, out);
    std::string categories;
    for (const auto& match : flow.inspection.matches) {
      absl::StrAppend(&categories, categories.empty() ? "" : " ", match.id, ":", match.category);
    }
    AppendText(R"(,"inspection_matches":)", categories, out);
  }
  CloseObject(start, out);
}

void AppendLoss(const Flow& flow, std::string* out) {
  out->push_back('{');
  AppendMetadata(flow, out);
  AppendClass(0, 0, kOther, out);
  AppendNumber(R"(,"severity_id":)", kMedium, out);
  AppendMillis(R"(,"time":)", flow.time, out);
  AppendNumber(R"(,"count":)", flow.lost.count, out);
  AppendText(R"(,"status_code":)", flow.lost.cause, out);
  AppendText(R"(,"message":)", absl::StrCat(flow.lost.count, " flow records missing"), out);
  out->push_back('}');
}

}  // namespace

void AppendOcsf(const Flow& flow, std::string* out) {
  if (flow.event == kHeadEvent || flow.event == kRollupEvent) return;
  if (flow.event == kLostEvent) {
    AppendLoss(flow, out);
    return;
  }
  const bool request = flow.event == kRequestEvent;
  out->push_back('{');
  AppendMetadata(flow, out);
  AppendClass(request ? kHttpActivity : kNetworkActivity, kNetworkCategory,
              request ? HttpActivity(flow) : ConnectionActivity(flow), out);
  AppendMillis(R"(,"time":)", flow.time, out);
  if (flow.event != kOpenEvent) {
    const bool lives = flow.event == kPeriodicEvent;
    AppendMillis(R"(,"start_time":)", lives ? IntervalStartOf(flow) : StartOf(flow), out);
    AppendMillis(R"(,"end_time":)", flow.time, out);
    AppendNumber(R"(,"duration":)", (lives ? flow.interval.duration_us : flow.duration_us) / 1'000,
                 out);
  }
  AppendNumber(R"(,"count":)", flow.weight, out);
  AppendOutcome(flow, out);
  AppendConnection(flow, out);
  if (request) AppendRequest(flow, out);
  AppendUnmapped(flow, out);
  out->push_back('}');
}

}  // namespace firebreak::flows
