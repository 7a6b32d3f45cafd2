#include "detect/call_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/path_template.h"
#include "detect/stable_hash.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"

namespace firebreak::detect {
namespace {

constexpr size_t kFlowIdDigits = 32;

// HashOf is never 0 for a text.
uint64_t HashOf(absl::string_view text) { return text.empty() ? 0 : TextHash(text) | 1; }

// FlowIdOf reads 32 hex digits. Ids of other makes are hashed: all that matters is who is equal.
FlowId FlowIdOf(absl::string_view text) {
  FlowId id;
  if (text.empty()) return id;
  if (text.size() == kFlowIdDigits &&
      absl::SimpleHexAtoi(text.substr(0, kFlowIdDigits / 2), &id.high) &&
      absl::SimpleHexAtoi(text.substr(kFlowIdDigits / 2), &id.low)) {
    return id;
  }
  return {.high = 0, .low = HashOf(text)};
}

uint64_t ConnectionHash(FlowId id, absl::string_view direction) {
  return MixAll(id.high, id.low, TextHash(direction));
}

bool IsLoopback(absl::string_view ip) { return absl::StartsWith(ip, "127.") || ip == "::1"; }

bool IsHttp(absl::string_view protocol) {
  return protocol == "HTTP1" || protocol == "HTTP2" || protocol == "GRPC" ||
         protocol == "WEBSOCKET";
}

bool DeniedBy(absl::string_view reason) {
  return reason == "NO_RULE" || reason == "EXPLICIT_DENY" || reason == "EXPIRED_GRANT" ||
         reason == "UNKNOWN_DESTINATION" || reason == "REVOKED" || reason == "QUARANTINED";
}

bool FailedFor(absl::string_view reason) {
  return reason == "TLS_FAILURE" || reason == "IDENTITY_INVALID" || reason == "IDENTITY_MISMATCH" ||
         reason == "UPSTREAM_FAILURE" || reason == "MALFORMED";
}

Outcome OutcomeOf(const flows::Flow& flow) {
  const bool refused = flow.verdict == "DROPPED" || flow.verdict == "ERROR";
  if (refused && DeniedBy(flow.reason)) return Outcome::kDenied;
  if (refused && FailedFor(flow.reason)) return Outcome::kFailed;
  // The application's own no: who is it, may not, not there, not that way.
  const uint16_t status = flow.http.status;
  if (status == 401 || status == 403 || status == 404 || status == 405) return Outcome::kFailed;
  constexpr uint64_t kNotFound = 5;
  constexpr uint64_t kPermissionDenied = 7;
  constexpr uint64_t kUnimplemented = 12;
  constexpr uint64_t kUnauthenticated = 16;
  const uint64_t grpc = flow.grpc.status.value_or(0);
  const bool grpc_no = grpc == kNotFound || grpc == kPermissionDenied || grpc == kUnimplemented ||
                       grpc == kUnauthenticated;
  return grpc_no ? Outcome::kFailed : Outcome::kCarried;
}

// GaveUp tells whether a caller did not wait for its answer. Its request is over then, and what the
// callee's handler does is not.
bool GaveUp(const flows::Flow& flow) {
  constexpr uint64_t kCancelled = 1;
  constexpr uint64_t kDeadlineExceeded = 4;
  const uint64_t grpc = flow.grpc.status.value_or(0);
  return flow.http.status == 0 || flow.http.status == 499 || flow.http.status == 504 ||
         grpc == kCancelled || grpc == kDeadlineExceeded;
}

// IsAddressAlone tells an end of which nothing is known but where it is.
bool IsAddressAlone(const flows::FlowEndpoint& end) {
  return end.principal.empty() && end.workload.empty() && !end.ip.empty();
}

// NameOf is who an end is: its identity, or else what the record says instead.
NameId NameOf(const flows::FlowEndpoint& end, std::string& scratch, Names& names) {
  if (!end.principal.empty()) return names.Intern(end.principal);
  scratch.clear();
  if (!end.workload.empty()) {
    absl::StrAppend(&scratch, end.namespace_name, end.namespace_name.empty() ? "" : "/",
                    end.workload);
  } else if (IsAddressAlone(end)) {
    absl::StrAppend(&scratch, "address ", end.ip);
  }
  return names.Intern(scratch);
}

}  // namespace

std::string FlowId::Hex() const {
  return absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
}

bool CallReader::SeenBefore(const flows::Flow& flow) {
  const FlowId id = FlowIdOf(flow.flow_id);
  if (id == FlowId()) return false;  // nothing to know it by
  // Requests share their connection's id; what ends once has no time to tell it by, so that a line
  // that was stamped again on its way is still the same.
  const bool once = flow.event == flows::kOpenEvent || flow.event == flows::kCloseEvent;
  const uint64_t line =
      once ? 0 : MixAll(absl::ToUnixMicros(flow.time), flow.sequence, TextHash(flow.http.path));
  const uint64_t hash =
      MixAll(id.high, id.low, TextHash(flow.event), TextHash(flow.direction), line);
  if (records_.Insert(hash)) return false;
  ++duplicates_;
  return true;
}

NameId CallReader::ReporterPod(const flows::Flow& flow, const flows::FlowEndpoint& end,
                               Names& names) {
  const bool has_address = !end.ip.empty() && !IsLoopback(end.ip);
  NameId pod = kNoName;
  if (!flow.reporter.node.empty()) {
    text_.clear();
    absl::StrAppend(&text_, flow.reporter.namespace_name, "/", flow.reporter.node);
    pod = names.Intern(text_);
  } else if (has_address) {
    pod = names.Intern(end.ip);
  }
  if (pod != kNoName && has_address && pod_at_.size() < kMaxPods) {
    pod_at_[names.Intern(end.ip)].pod = pod;
  }
  return pod;
}

NameId CallReader::PeerPod(const flows::FlowEndpoint& end, Names& names) const {
  if (end.ip.empty() || IsLoopback(end.ip)) return kNoName;
  const NameId address = names.Intern(end.ip);
  const auto found = pod_at_.find(address);
  return found == pod_at_.end() ? address : found->second.pod;
}

NameId CallReader::RouteOf(const flows::Flow& flow, Names& names) {
  text_.clear();
  if (!flow.grpc.service.empty()) {
    absl::StrAppend(&text_, "gRPC ", flow.grpc.service, "/", flow.grpc.method);
  } else if (!flow.http.method.empty() || !flow.http.path.empty()) {
    absl::StrAppend(
        &text_, flow.http.method, " ",
        flow.http.path_template.empty() ? PathTemplate(flow.http.path) : flow.http.path_template);
  } else {
    absl::StrAppend(&text_, flow.protocol.empty() ? "TCP" : flow.protocol);
  }
  return names.Intern(text_);
}

std::optional<CallKind> CallReader::KindOf(const flows::Flow& flow) {
  if (flows::MissingHere(flow)) return CallKind::kLost;
  const FlowId id = FlowIdOf(flow.flow_id);
  const uint64_t connection = ConnectionHash(id, flow.direction);
  const bool tells_of_request = !flow.http.method.empty() || !flow.grpc.service.empty();
  if (flow.event == flows::kRequestEvent) {
    with_requests_.Insert(connection);
    return CallKind::kRequest;
  }
  if (flow.event == flows::kCloseEvent) {
    if (tells_of_request) return CallKind::kRequest;
    // What an HTTP connection did is in its requests.
    if (IsHttp(flow.protocol) && with_requests_.Contains(connection)) return std::nullopt;
    return CallKind::kConnection;
  }
  // PERIODIC lines are passed over: were the first of them the one that is judged, what a
  // connection carries after it would be nobody's.
  const bool begins =
      flow.event == flows::kOpenEvent && !IsHttp(flow.protocol) && !flow.protocol.empty();
  return begins ? std::optional(CallKind::kProgress) : std::nullopt;
}

void CallReader::FillEnds(const flows::Flow& flow, Names& names, Call& call) {
  const bool outbound = flow.direction == "OUTBOUND";
  const auto& own = outbound ? flow.source : flow.destination;
  const auto& peer = outbound ? flow.destination : flow.source;
  const NameId own_pod = ReporterPod(flow, own, names);
  const NameId peer_pod = PeerPod(peer, names);
  NameId own_name = NameOf(own, text_, names);
  if (own.principal.empty() && !flow.reporter.principal.empty()) {
    own_name = names.Intern(flow.reporter.principal);
  }
  if (own_pod != kNoName && (pods_.contains(own_pod) || pods_.size() < kMaxPods)) {
    Pod& pod = pods_[own_pod];
    pod.identity = own_name;
    (outbound ? pod.reports_outbound : pod.reports_inbound) = true;
  }
  if (outbound && report_outbound_.size() < kMaxPods) report_outbound_.insert(own_name);
  if (!outbound) call.source_address = names.Intern(flow.source.ip);
  call.source = outbound ? own_name : NameOf(peer, text_, names);
  call.destination = outbound ? NameOf(peer, text_, names) : own_name;
  call.destination_outside = outbound && IsAddressAlone(peer);
  call.source_pod = outbound ? own_pod : peer_pod;
  call.destination_pod = outbound ? peer_pod : own_pod;
}

void CallReader::FillRoles(const flows::Flow& flow, Call& call) {
  const bool outbound = flow.direction == "OUTBOUND";
  const auto caller = pods_.find(call.source_pod);
  const auto callee = pods_.find(call.destination_pod);
  // A caller without an identity from an address that we know: whoever is in that pod.
  if (flow.source.principal.empty() && caller != pods_.end()) call.source = caller->second.identity;
  const bool known_caller = !flow.source.principal.empty() || outbound || caller != pods_.end() ||
                            !flow.source.workload.empty();
  if (known_caller) {
    // Where the record does not say which pod called, what its identity does has to do.
    const bool reports = call.source_pod == kNoName
                             ? report_outbound_.contains(call.source)
                             : caller != pods_.end() && caller->second.reports_outbound;
    const bool own = outbound || !reports;
    call.role = own ? SourceRole::kJudge : SourceRole::kWitness;
  }
  const bool own_cover = !outbound || callee == pods_.end() || !callee->second.reports_inbound;
  call.received = own_cover && call.outcome == Outcome::kCarried;
  call.told = !own_cover && call.outcome == Outcome::kCarried;
  // A connection that was judged while it lived is not judged again at its end.
  if (call.kind != CallKind::kProgress && call.kind != CallKind::kConnection) return;
  const uint64_t connection = ConnectionHash(call.flow, flow.direction);
  if (call.kind == CallKind::kProgress) {
    if (!judged_.Insert(connection)) call.role = SourceRole::kNone;
  } else if (judged_.Contains(connection)) {
    call.role = SourceRole::kNone;
  }
}

std::optional<Call> CallReader::Read(const flows::Flow& flow, Names& names) {
  if (SeenBefore(flow)) return std::nullopt;
  const std::optional<CallKind> kind = KindOf(flow);
  if (!kind.has_value()) return std::nullopt;
  Call call;
  call.kind = *kind;
  call.end_us = absl::ToUnixMicros(flow.time);
  constexpr uint64_t kLongestUs = uint64_t{366} * kDayUs;  // keeps the sum within bounds
  call.start_us = call.end_us - static_cast<int64_t>(std::min(flow.duration_us, kLongestUs));
  call.flow = FlowIdOf(flow.flow_id);
  FillEnds(flow, names, call);
  if (call.kind == CallKind::kLost) {
    const bool outbound = flow.direction == "OUTBOUND";
    call.source_pod = outbound ? call.source_pod : call.destination_pod;
    return call;
  }
  call.route = RouteOf(flow, names);
  call.port = flow.destination.port;
  call.outcome = OutcomeOf(flow);
  FillRoles(flow, call);
  if (!flow.http.method.empty()) {
    ++requests_;
    if (flow.http.status != 0) ++answered_;
    // A log that never holds a status says nothing by not holding one.
    call.gave_up = answered_ * 10 > requests_ * 9 && GaveUp(flow);
  }
  call.linked = !flow.parent_flow_id.empty();
  call.inflight = flow.inflight_inbound.has_value()
                      ? static_cast<int32_t>(std::min<uint64_t>(*flow.inflight_inbound, 1u << 30))
                      : -1;
  call.payload = flow.reason == "INSPECTION" || flow.inspection.score > 0;
  call.bytes_sent = std::max(flow.bytes_sent, flow.http.request_bytes);
  call.bytes_received = std::max(flow.bytes_received, flow.http.response_bytes);
  const bool inbound = flow.direction == "INBOUND";
  call.svid = inbound ? HashOf(flow.tls.svid_serial) : 0;
  call.trace = HashOf(flow.trace_id);
  return call;
}

}  // namespace firebreak::detect
