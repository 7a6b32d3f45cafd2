#include "flows/zeek.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/json_text.h"

namespace firebreak::flows {
namespace {

// Seconds with microseconds, exactly: a double would lose some of today's.
void AppendSeconds(absl::string_view name, int64_t micros, std::string* out) {
  constexpr int64_t kMicros = 1'000'000;
  const absl::string_view sign = micros < 0 ? "-" : "";
  const uint64_t size =
      micros < 0 ? uint64_t{0} - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  AppendName(name, out);
  absl::StrAppendFormat(out, "%s%d.%06d", sign, size / kMicros, size % kMicros);
}

void AppendStart(absl::string_view path, absl::Time time, std::string* out) {
  AppendWord(R"(,"_path":)", path, out);
  AppendSeconds(R"(,"ts":)", absl::ToUnixMicros(time), out);
}

void AppendEnds(const Flow& flow, std::string* out) {
  AppendText(R"(,"uid":)", flow.flow_id, out);
  AppendText(R"(,"id.orig_h":)", flow.source.ip, out);
  AppendNumber(R"(,"id.orig_p":)", flow.source.port, out);
  AppendText(R"(,"id.resp_h":)", flow.destination.ip, out);
  AppendNumber(R"(,"id.resp_p":)", flow.destination.port, out);
}

// AppendOwn adds what Zeek has no field for.
void AppendOwn(const Flow& flow, std::string* out) {
  AppendText(R"(,"orig_principal":)", flow.source.principal, out);
  AppendText(R"(,"resp_principal":)", flow.destination.principal, out);
  AppendText(R"(,"verdict":)", flow.verdict, out);
  AppendText(R"(,"reason":)", flow.reason, out);
  AppendText(R"(,"policy":)", flow.policy.name, out);
  AppendText(R"(,"rule":)", flow.policy.rule, out);
  AppendText(R"(,"decision_id":)", flow.decision_id, out);
}

// ConnState tells how the connection ended. Cut by the sidecar, it is its own side that reset it.
absl::string_view ConnState(const Flow& flow) {
  const absl::string_view why = flow.close_reason;
  if (why == "DOWNSTREAM_FIN" || why == "UPSTREAM_FIN") return "SF";
  if (why == "DOWNSTREAM_RESET") return "RSTO";
  if (why == "UPSTREAM_RESET") return "RSTR";
  if (why == "DENIED" || why == "HANDSHAKE_FAILED" || why == "CONNECT_FAILED") return "REJ";
  if (why.empty()) return "OTH";
  return flow.direction == "OUTBOUND" ? "RSTO" : "RSTR";
}

absl::string_view Service(const Flow& flow) {
  if (flow.protocol == "HTTP1" || flow.protocol == "HTTP2") return "http";
  if (flow.protocol == "GRPC") return "grpc";
  if (flow.protocol == "WEBSOCKET") return "websocket";
  return flow.protocol == "TLS" ? "ssl" : "";
}

void AppendConn(const Flow& flow, std::string* out) {
  AppendStart("conn", StartOf(flow), out);
  AppendEnds(flow, out);
  AppendWord(R"(,"proto":)", "tcp", out);
  AppendWord(R"(,"service":)", Service(flow), out);
  AppendSeconds(R"(,"duration":)", absl::ToInt64Microseconds(flow.time - StartOf(flow)), out);
  AppendNumber(R"(,"orig_bytes":)", flow.bytes_sent, out);
  AppendNumber(R"(,"resp_bytes":)", flow.bytes_received, out);
  AppendWord(R"(,"conn_state":)", ConnState(flow), out);
  AppendOwn(flow, out);
}

absl::string_view HttpVersion(const Flow& flow) {
  if (flow.protocol == "HTTP1" || flow.protocol == "WEBSOCKET") return "1.1";
  return flow.protocol == "HTTP2" || flow.protocol == "GRPC" ? "2" : "";
}

void AppendHttp(const Flow& flow, std::string* out) {
  AppendStart("http", StartOf(flow), out);
  AppendEnds(flow, out);
  AppendText(R"(,"method":)", flow.http.method, out);
  AppendText(R"(,"host":)", flow.http.authority, out);
  AppendText(R"(,"uri":)", flow.http.path, out);
  AppendWord(R"(,"version":)", HttpVersion(flow), out);
  AppendText(R"(,"user_agent":)", flow.http.user_agent, out);
  AppendNumber(R"(,"request_body_len":)", flow.http.request_bytes, out);
  AppendNumber(R"(,"response_body_len":)", flow.http.response_bytes, out);
  if (flow.http.status != 0) AppendNumber(R"(,"status_code":)", flow.http.status, out);
  AppendName(R"(,"tags":)", out);
  out->push_back('[');
  for (const auto& match : flow.inspection.matches) {
    if (out->back() != '[') out->push_back(',');
    AppendJsonString(match.category, out);
  }
  out->push_back(']');
  AppendSeconds(R"(,"duration":)", absl::ToInt64Microseconds(flow.time - StartOf(flow)), out);
  AppendText(R"(,"trace_id":)", flow.trace_id, out);
  AppendOwn(flow, out);
}

}  // namespace

void AppendZeek(const Flow& flow, std::string* out) {
  const size_t start = out->size();
  out->push_back('{');
  if (flow.event == kCloseEvent) {
    AppendConn(flow, out);
  } else if (flow.event == kRequestEvent) {
    AppendHttp(flow, out);
  } else if (flow.event == kLostEvent) {
    AppendStart("reporter", flow.time, out);
    AppendWord(R"(,"level":)", "Reporter::WARNING", out);
    AppendText(R"(,"message":)",
               absl::StrCat(flow.lost.count, " flow records missing: ", flow.lost.cause), out);
  } else {
    out->resize(start);
    return;
  }
  out->push_back('}');
}

}  // namespace firebreak::flows
