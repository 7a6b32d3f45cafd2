#include "flows/flow_facts.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

#include "flows/event_names.h"
#include "flows/grpc_status.h"
#include "flows/principal.h"

namespace firebreak::flows {
namespace {

absl::Time Before(absl::Time time, uint64_t micros) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return time - absl::Microseconds(static_cast<int64_t>(std::min(micros, kMost)));
}

}  // namespace

bool TellsOfFlow(const Flow& flow) {
  return flow.event != kLostEvent && flow.event != kHeadEvent && flow.event != kRollupEvent;
}

bool IsKnown(const Flow& flow) {
  return std::find(kEvents.begin(), kEvents.end(), flow.event) != kEvents.end();
}

bool MissingHere(const Flow& flow) {
  return flow.event == kLostEvent && (flow.lost.sink.empty() || flow.lost.sink == "file");
}

bool TellsOfRequest(const Flow& flow) {
  return flow.event == kRequestEvent || (flow.event == kPeriodicEvent && !flow.http.method.empty());
}

bool Ended(const Flow& flow) { return flow.event == kCloseEvent || flow.event == kRequestEvent; }

absl::string_view PartyOf(const FlowEndpoint& endpoint) {
  return endpoint.principal.empty() ? endpoint.ip : endpoint.principal;
}

absl::string_view PartyName(const FlowEndpoint& endpoint) {
  const absl::string_view party = PartyOf(endpoint);
  return party.empty() ? absl::string_view("unknown") : party;
}

absl::string_view HomeDomain(const Flow& flow) {
  // Where a line has no reporter, the end that its direction says is the sidecar's own.
  const FlowEndpoint& own = flow.direction == "OUTBOUND" ? flow.source : flow.destination;
  const auto parts =
      SplitPrincipal(flow.reporter.principal.empty() ? own.principal : flow.reporter.principal);
  return parts.has_value() ? parts->trust_domain : absl::string_view();
}

std::string ShortName(absl::string_view party, absl::string_view home) {
  const auto parts = SplitPrincipal(party);
  if (!parts.has_value() || parts->trust_domain != home) return std::string(party);
  return absl::StrCat(parts->namespace_name, "/", parts->service_account);
}

absl::string_view RouteOf(const Flow& flow) {
  return flow.http.path_template.empty() ? flow.http.path : flow.http.path_template;
}

std::string UrlOf(const Flow& flow) {
  if (flow.http.path.empty()) return "";
  return absl::StrCat("http://", flow.http.authority, flow.http.path);
}

uint64_t SentBytes(const Flow& flow) {
  if (flow.event == kRollupEvent) return flow.rollup.bytes_sent;
  return flow.event == kRequestEvent ? flow.http.request_bytes : flow.bytes_sent;
}

uint64_t ReceivedBytes(const Flow& flow) {
  if (flow.event == kRollupEvent) return flow.rollup.bytes_received;
  return flow.event == kRequestEvent ? flow.http.response_bytes : flow.bytes_received;
}

absl::Time StartOf(const Flow& flow) { return Before(flow.time, flow.duration_us); }

absl::Time IntervalStartOf(const Flow& flow) {
  return Before(flow.time, flow.interval.duration_us);
}

bool CarriesRequests(const Flow& flow) {
  return flow.event != kRequestEvent && (flow.protocol == "HTTP1" || flow.protocol == "HTTP2");
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
