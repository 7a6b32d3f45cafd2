#include "flows/als.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/verdict.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"
#include "flows/protobuf_writer.h"
#include "flows/tls_names.h"

namespace firebreak::flows {
namespace {

// The last second, and the longest span, that protobuf's own types have.
constexpr int64_t kLastSecond = 253'402'300'799;
constexpr uint64_t kLongestUs = 315'576'000'000'000'000;

// AccessLogType.
constexpr uint64_t kTcpUpstreamConnected = 1;
constexpr uint64_t kTcpPeriodic = 2;
constexpr uint64_t kTcpConnectionEnd = 3;
constexpr uint64_t kDownstreamPeriodic = 5;
constexpr uint64_t kDownstreamEnd = 6;

// Fields of ResponseFlags; 0: there is none that says so.
constexpr uint64_t kLocalReset = 4;
constexpr uint64_t kUpstreamConnectionFailure = 6;
constexpr uint64_t kUpstreamTimeout = 3;
constexpr uint64_t kNoRouteFound = 9;
constexpr uint64_t kRateLimited = 12;
constexpr uint64_t kUnauthorized = 13;
constexpr uint64_t kDownstreamProtocolError = 19;
constexpr uint64_t kOverload = 26;

// As they are numbered in config.core.v3.RequestMethod, from 1.
constexpr std::array<absl::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

uint64_t MethodNumber(absl::string_view method) {
  const auto* const at = std::find(kMethods.begin(), kMethods.end(), method);
  return at == kMethods.end() ? 0 : static_cast<uint64_t>(at - kMethods.begin()) + 1;
}

uint64_t VersionNumber(absl::string_view protocol) {
  if (protocol == "HTTP1") return 2;  // HTTP11
  return protocol == "HTTP2" || protocol == "GRPC" ? 3 : 0;
}

uint64_t FlagOf(const Flow& flow) {
  const std::optional<Reason> reason = ParseReason(flow.reason);
  if (!reason.has_value()) return 0;  // of a writer that is newer
  switch (*reason) {
    case Reason::kNoRule:
    case Reason::kExplicitDeny:
    case Reason::kIdentityInvalid:
    case Reason::kIdentityMismatch:
    case Reason::kRevoked:
    case Reason::kExpiredGrant:
    case Reason::kPolicyChanged:
    case Reason::kTrustChanged:
    case Reason::kQuarantined:
    case Reason::kInspection:
      return kUnauthorized;
    case Reason::kUnknownDestination:
      return kNoRouteFound;
    case Reason::kRateLimit:
      return kRateLimited;
    case Reason::kLimit:
      return kOverload;
    case Reason::kMalformed:
      return kDownstreamProtocolError;
    case Reason::kUpstreamFailure:
      return kUpstreamConnectionFailure;
    case Reason::kTimeout:
      return kUpstreamTimeout;
    case Reason::kDrained:
      return kLocalReset;
    case Reason::kNone:
    case Reason::kTlsFailure:
    case Reason::kLoop:
    case Reason::kInternal:
      return 0;
  }
  return 0;
}

// The number of a suite that tls_names.h named; 0: none is known.
uint64_t CipherNumber(absl::string_view name) {
  for (const uint16_t cipher : {0x1301, 0x1302, 0x1303}) {
    if (name == TlsCipherName(cipher)) return cipher;
  }
  uint32_t number = 0;
  return absl::SimpleHexAtoi(name, &number) ? number : 0;
}

void PutText(uint64_t field, absl::string_view text, std::string* out) {
  if (!text.empty()) PutBytes(field, text, out);
}

// PutWrapped is for UInt32Value.
void PutWrapped(uint64_t field, uint64_t value, std::string* out) {
  if (value == 0) return;
  std::string wrapped;
  PutNumber(1, value, &wrapped);
  PutBytes(field, wrapped, out);
}

// PutPair is an entry of a map from text to text.
void PutPair(uint64_t field, absl::string_view key, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  std::string pair;
  PutBytes(1, key, &pair);
  PutBytes(2, value, &pair);
  PutBytes(field, pair, out);
}

// PutMoment is for Timestamp and Duration, which have the same fields.
void PutMoment(uint64_t field, uint64_t microseconds, std::string* out) {
  constexpr uint64_t kSecond = 1'000'000;
  std::string moment;
  PutNumber(1, microseconds / kSecond, &moment);
  PutNumber(2, microseconds % kSecond * 1'000, &moment);  // nanos
  PutBytes(field, moment, out);
}

// PutAddress is for Address, whose socket_address is of TCP by default.
void PutAddress(uint64_t field, const FlowEndpoint& endpoint, std::string* out) {
  if (endpoint.ip.empty()) return;
  std::string socket;
  PutBytes(2, endpoint.ip, &socket);
  PutNumber(3, endpoint.port, &socket);
  std::string address;
  PutBytes(1, socket, &address);
  PutBytes(field, address, out);
}

void PutCertificate(uint64_t field, absl::string_view principal, std::string* out) {
  if (principal.empty()) return;
  std::string name;
  PutBytes(1, absl::StrCat("spiffe://", principal), &name);  // uri
  std::string certificate;
  PutBytes(1, name, &certificate);
  PutBytes(field, certificate, out);
}

void PutTls(const Flow& flow, std::string* out) {
  if (flow.tls.version.empty()) return;
  const bool inbound = flow.direction == "INBOUND";
  std::string tls;
  if (flow.tls.version == "TLSv1.3") PutNumber(1, 4, &tls);
  if (flow.tls.version == "TLSv1.2") PutNumber(1, 3, &tls);
  PutWrapped(2, CipherNumber(flow.tls.cipher), &tls);
  PutText(3, flow.tls.sni, &tls);
  PutCertificate(4, flow.reporter.principal, &tls);
  PutCertificate(5, (inbound ? flow.source : flow.destination).principal, &tls);
  PutBytes(4, tls, out);
}

void PutFlags(const Flow& flow, std::string* out) {
  const uint64_t flag = FlagOf(flow);
  if (flag == 0) return;
  std::string flags;
  if (flag == kUnauthorized) {
    PutBytes(flag, "", &flags);  // a message: its reason is none that Envoy knows
  } else {
    PutNumber(flag, 1, &flags);
  }
  PutBytes(16, flags, out);
}

// What has no place in Envoy's entries, and what tells a line that came twice.
void PutTags(const Flow& flow, std::string* out) {
  const auto tag = [out](absl::string_view name, absl::string_view value) {
    PutPair(22, absl::StrCat("firebreak.", name), value, out);
  };
  tag("run_id", flow.run_id);
  tag("sequence", absl::StrCat(flow.sequence));
  tag("event", flow.event);
  tag("direction", flow.direction);
  tag("verdict", flow.verdict);
  tag("reason", flow.reason);
  tag("protocol", flow.protocol);
  tag("source.principal", flow.source.principal);
  tag("destination.principal", flow.destination.principal);
  tag("policy.namespace", flow.policy.namespace_name);
  tag("policy.name", flow.policy.name);
  tag("policy.rule", flow.policy.rule);
  tag("policy.revision", flow.policy.revision);
  tag("policy.would_be_verdict", flow.policy.would_be_verdict);
  tag("decision_id", flow.decision_id);
  if (flow.inspection.score > 0) tag("inspection.score", absl::StrCat(flow.inspection.score));
  tag("inspection.action", flow.inspection.action);
  tag("detail", flow.detail);
  tag("trace_id", flow.trace_id);
  if (flow.weight > 1) tag("weight", absl::StrCat(flow.weight));
}

uint64_t TypeOf(const Flow& flow) {
  if (flow.event == kOpenEvent) return kTcpUpstreamConnected;
  const bool periodic = flow.event == kPeriodicEvent;
  if (TellsOfRequest(flow)) return periodic ? kDownstreamPeriodic : kDownstreamEnd;
  return periodic ? kTcpPeriodic : kTcpConnectionEnd;
}

// AccessLogCommon.
std::string Common(const Flow& flow) {
  std::string out;
  if (flow.weight > 1) {
    const double rate = 1.0 / static_cast<double>(flow.weight);
    uint64_t bits = 0;
    std::memcpy(&bits, &rate, sizeof(bits));
    PutFixed64(1, bits, &out);
  }
  PutAddress(2, flow.source, &out);
  PutTls(flow, &out);
  const absl::Time start =
      std::clamp(StartOf(flow), absl::UnixEpoch(), absl::FromUnixSeconds(kLastSecond));
  PutMoment(5, static_cast<uint64_t>(absl::ToUnixMicros(start)), &out);
  PutAddress(13, flow.destination, &out);
  PutFlags(flow, &out);
  PutText(19, flow.http.path_template, &out);  // route_name
  PutTags(flow, &out);
  if (flow.event != kOpenEvent) PutMoment(23, std::min(flow.duration_us, kLongestUs), &out);
  PutText(25, flow.close_reason, &out);
  PutText(26, flow.flow_id, &out);           // stream_id
  if (!Ended(flow)) PutNumber(27, 1, &out);  // intermediate_log_entry
  PutNumber(33, TypeOf(flow), &out);
  return out;
}

std::string HttpEntry(const Flow& flow) {
  std::string request;
  const uint64_t method = MethodNumber(flow.http.method);
  if (method != 0) PutNumber(1, method, &request);
  PutText(3, flow.http.authority, &request);
  PutText(5, flow.http.path, &request);
  PutText(6, flow.http.user_agent, &request);
  PutNumber(12, SentBytes(flow), &request);
  // A method that has no number stands where its pseudo-header would.
  if (method == 0) PutPair(13, ":method", flow.http.method, &request);

  std::string response;
  PutWrapped(1, flow.http.status, &response);
  PutNumber(3, ReceivedBytes(flow), &response);
  if (flow.grpc.status.has_value()) {
    PutPair(5, "grpc-status", absl::StrCat(*flow.grpc.status), &response);
  }
  PutText(6, flow.reason, &response);

  std::string entry;
  PutBytes(1, Common(flow), &entry);
  PutNumber(2, VersionNumber(flow.protocol), &entry);
  PutBytes(3, request, &entry);
  PutBytes(4, response, &entry);
  return entry;
}

std::string TcpEntry(const Flow& flow) {
  std::string connection;
  PutNumber(1, SentBytes(flow), &connection);  // received from who called
  PutNumber(2, ReceivedBytes(flow), &connection);
  std::string entry;
  PutBytes(1, Common(flow), &entry);
  PutBytes(2, connection, &entry);
  return entry;
}

// Node of config.core.v3.
std::string NodeOf(const Flow& flow) {
  std::string node;
  PutText(1, flow.reporter.node, &node);
  PutText(2, absl::StrCat(flow.reporter.workload, ".", flow.reporter.namespace_name), &node);
  PutBytes(6, "firebreak", &node);  // user_agent_name
  return node;
}

}  // namespace

void AlsMessages::Add(const Flow& flow) {
  if (!TellsOfFlow(flow)) return;
  node_ = NodeOf(flow);
  const bool http = TellsOfRequest(flow);
  Entries& entries = http ? http_ : tcp_;
  PutBytes(1, http ? HttpEntry(flow) : TcpEntry(flow), &entries.bytes);
  if (entries.bytes.size() >= kMessageBytes) Close(&entries);
}

void AlsMessages::Close(Entries* entries) {
  if (entries->bytes.empty()) return;
  std::string message;
  PutBytes(entries->field, std::exchange(entries->bytes, {}), &message);
  messages_.push_back(std::move(message));
}

std::vector<std::string> AlsMessages::Finish() {
  Close(&http_);
  Close(&tcp_);
  if (messages_.empty()) return {};
  std::string identifier;
  PutBytes(1, node_, &identifier);
  PutBytes(2, log_name_, &identifier);
  // Fields of a message may come in any order.
  PutBytes(1, identifier, &messages_.front());
  return std::exchange(messages_, {});
}

}  // namespace firebreak::flows
