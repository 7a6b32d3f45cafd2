#include "flows/flow_facts.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

#include "flows/grpc_status.h"
#include "flows/principal.h"

namespace firebreak::flows {

bool TellsOfFlow(const Flow& flow) {
  return flow.event != "LOST" && flow.event != "HEAD" && flow.event != "ROLLUP";
}

bool MissingHere(const Flow& flow) {
  return flow.event == "LOST" && (flow.lost.sink.empty() || flow.lost.sink == "file");
}

bool TellsOfRequest(const Flow& flow) {
  return flow.event == "REQUEST" || (flow.event == "PERIODIC" && !flow.http.method.empty());
}

bool Ended(const Flow& flow) { return flow.event == "CLOSE" || flow.event == "REQUEST"; }

std::string PartyName(const FlowEndpoint& endpoint) {
  if (const auto parts = SplitPrincipal(endpoint.principal)) {
    return absl::StrCat(parts->namespace_name, "/", parts->service_account);
  }
  if (!endpoint.principal.empty()) return endpoint.principal;
  if (!endpoint.ip.empty()) return endpoint.ip;
  return "unknown";
}

absl::string_view RouteOf(const Flow& flow) {
  return flow.http.path_template.empty() ? flow.http.path : flow.http.path_template;
}

uint64_t SentBytes(const Flow& flow) {
  if (flow.event == "ROLLUP") return flow.rollup.bytes_sent;
  return flow.event == "REQUEST" ? flow.http.request_bytes : flow.bytes_sent;
}

uint64_t ReceivedBytes(const Flow& flow) {
  if (flow.event == "ROLLUP") return flow.rollup.bytes_received;
  return flow.event == "REQUEST" ? flow.http.response_bytes : flow.bytes_received;
}

absl::Time StartOf(const Flow& flow) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return flow.time - absl::Microseconds(static_cast<int64_t>(std::min(flow.duration_us, kMost)));
}

bool CarriesRequests(const Flow& flow) {
  return flow.event != "REQUEST" && (flow.protocol == "HTTP1" || flow.protocol == "HTTP2");
}

bool LeftToItsRequests(const Flow& flow) {
  return flow.direction == "OUTBOUND" && flow.verdict == "FORWARDED" && CarriesRequests(flow) &&
         flow.destination.principal.empty();
}

bool MakesEdge(const Flow& flow) { return Ended(flow) && !LeftToItsRequests(flow); }

bool Failed(const Flow& flow) {
  if (flow.verdict == "ERROR") return true;
  if (flow.verdict == "DROPPED") return false;
  if (!flow.grpc.status.has_value()) return flow.http.status >= 500;
  return IsServerFault(*flow.grpc.status);
}

}  // namespace firebreak::flows
