// The flow record as it travels from a worker to the flow thread: fixed size, no text formatting,
// strings shared rather than copied.
#ifndef FIREBREAK_FLOWS_RECORD_H_
#define FIREBREAK_FLOWS_RECORD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/ip.h"
#include "base/verdict.h"

namespace firebreak::flows {

// Event says what in a flow's life a record marks. Each flow ends in exactly one CLOSE; the others
// are optional. PERIODIC carries the totals since the beginning, and Record::interval what is new.
enum class Event : uint8_t { kOpen, kRequest, kPeriodic, kClose };

enum class Protocol : uint8_t { kUnknown, kTcp, kHttp1, kHttp2, kGrpc, kWebsocket, kTls };

// CloseReason says who ended the connection. Downstream is the side that connected to this sidecar,
// upstream the side it connected to. Why a flow was refused is Record::reason, not this.
enum class CloseReason : uint8_t {
  kNone,              // not closed yet
  kDownstreamFin,     // the downstream ended first, and the upstream followed
  kUpstreamFin,       // the upstream ended first, and the downstream followed
  kDownstreamReset,   // RST, or a broken TLS stream, from the downstream
  kUpstreamReset,     // the same from the upstream
  kConnectFailed,     // the upstream could not be reached
  kHandshakeFailed,   // TLS was not completed, on either side
  kDenied,            // refused before a byte was forwarded
  kPolicy,            // cut: policy, trust or a grant changed under a live connection
  kIdleTimeout,       // no bytes either way for idle_timeout_ms
  kHalfCloseTimeout,  // one side ended, and the other went on for half_close_timeout_ms
  kLimit,             // a limit of ours was reached
  kDrained,           // the sidecar was stopping
  kInternal,          // our own error
};
inline constexpr int kCloseReasonCount = static_cast<int>(CloseReason::kInternal) + 1;

// Names as they stand in JSON, for example "CLOSE", "HTTP2", "DOWNSTREAM_FIN". The names of
// kUnknown and kNone are empty: such a field is left out.
absl::string_view EventName(Event event);
absl::string_view ProtocolName(Protocol protocol);
absl::string_view CloseReasonName(CloseReason reason);

// SameText: both are absent, or say the same.
inline bool SameText(const SharedString& a, const SharedString& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

// Endpoint is one end of a flow. An absent principal means that nobody was authenticated there;
// on the reporter's own end the writer fills it in. A default ip means unknown.
struct Endpoint {
  SharedString principal;  // "trust-domain/ns/N/sa/S", without spiffe://
  IpAddress ip;
  uint16_t port = 0;
};

// TlsInfo tells of the mTLS leg between the sidecars, never of TLS the application itself speaks.
// Numbers are IANA wire values; 0 means absent.
struct TlsInfo {
  uint16_t version = 0;  // 0x0304 is TLS 1.3
  uint16_t cipher = 0;
  uint16_t group = 0;
  SharedString sni;
  SharedString svid_serial;                          // the peer's SVID, lower-case hex
  absl::Time svid_not_after = absl::InfinitePast();  // InfinitePast: absent
};

// HttpInfo is what a REQUEST record says of one request and its response. Everything is as it was
// forwarded, in the canonical form of http/canonical.h; or, of a request that was refused for its
// form, as it came. Nothing here was redacted: the writer does so.
struct HttpInfo {
  std::string method;
  std::string authority;
  std::string path;            // without the query; the writer cuts off one that is there
  bool has_query = false;      // the query itself is never kept
  SharedString path_template;  // the path pattern of the rule that decided; null: it names no path
  std::string user_agent;
  int status = 0;              // that the source was answered with; 0: it was not answered
  uint64_t request_bytes = 0;  // of bodies, without framing
  uint64_t response_bytes = 0;
  bool grpc = false;     // then path is /service/method
  int grpc_status = -1;  // -1: none was seen
};

// InspectionMatch is one thing that was found inside a payload.
struct InspectionMatch {
  std::string id;
  std::string category;
  std::string field;      // "query:q"
  std::string excerpt;    // raw bytes; secrets are masked by who found them
  std::string pack = {};  // of a rule of a pack: its name
  std::string cve = {};   // what that rule is against, with blanks between
};

// InspectionInfo is there only where something was found.
struct InspectionInfo {
  uint32_t score = 0;
  bool blocked = false;
  std::vector<InspectionMatch> matches;
};

// Interval is what a PERIODIC record adds to the one before it, or to the beginning.
struct Interval {
  int64_t duration_us = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
};

// Record is one line of the flow log. It is filled on the worker that owns the connection and
// moved into that worker's Ring; sequence and reporter are added by the writer.
struct Record {
  Event event = Event::kClose;
  Direction direction = Direction::kInbound;
  Verdict verdict = Verdict::kDropped;
  Reason reason = Reason::kNone;
  Protocol protocol = Protocol::kUnknown;
  CloseReason close_reason = CloseReason::kNone;
  QuarantineMode quarantine = QuarantineMode::kNone;  // that one of the two ends is under
  std::optional<Verdict> would_be_verdict;  // of an AUDIT policy, where it differs from verdict

  absl::Time time;          // wall time of the event; for CLOSE, the end
  int64_t duration_us = 0;  // of the request, or since the connection was accepted; monotonic

  // 64 random bits of the worker and a count: the same on every record of a connection.
  uint64_t flow_id_high = 0;
  uint64_t flow_id_low = 0;
  DecisionId decision_id;

  // The source opened the connection and the destination accepted it, in both directions: INBOUND
  // the destination is the reporter, OUTBOUND the source is.
  Endpoint source;
  Endpoint destination;

  // Payload bytes, without TLS framing, forwarded by this sidecar: sent from source to destination,
  // received from destination back to source. Both sidecars of a connection count the same way, so
  // that their records can be compared.
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  Interval interval;  // PERIODIC only

  TlsInfo tls;
  std::optional<HttpInfo> http;  // REQUEST, and PERIODIC of a request
  std::shared_ptr<const InspectionInfo> inspection;
  // OUTBOUND only. How many requests of others the workload had open when this call started (it is
  // one of them, most likely, that the call is for); negative: not known. And the connection of the
  // one that caused it, where that is known; 0: it is not.
  int32_t inflight_inbound = -1;
  uint64_t parent_flow_id_high = 0;
  uint64_t parent_flow_id_low = 0;
  SharedString trace_id;                // W3C trace-id, 32 lower-case hex digits; null: none
  std::shared_ptr<const RuleRef> rule;  // the rule that decided; null when none did
  SharedString policy_revision;
  SharedString detail;  // an error in words; escaped when written
};
static_assert(std::is_nothrow_move_constructible_v<Record> &&
              std::is_nothrow_move_assignable_v<Record>);

// Reporter is who writes the records: constant for the life of a sidecar. Empty fields are left
// out.
struct Reporter {
  std::string node;
  std::string namespace_name;
  std::string workload;
  std::string principal;
  std::string run_id = {};  // 16 hex digits, random for each start
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_RECORD_H_
