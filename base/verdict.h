// The words of a decision, shared by policy, filters, proxy and flow records: direction, verdict,
// the closed list of reasons, and the rule that decided.
#ifndef FIREBREAK_BASE_VERDICT_H_
#define FIREBREAK_BASE_VERDICT_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak {

// INBOUND: towards the workload behind this sidecar. OUTBOUND: from it.
enum class Direction : uint8_t { kInbound, kOutbound };

// FORWARDED and DROPPED speak of what was done. AUDIT: forwarded, but an enforced policy set would
// have dropped it. ERROR: allowed, and failed for a reason that is not a decision.
enum class Verdict : uint8_t { kForwarded, kDropped, kAudit, kError };

// Reason is the closed list of why a flow was refused or ended early. kNone: nothing went wrong.
enum class Reason : uint8_t {
  kNone,
  kNoRule,              // no ALLOW rule matched
  kExplicitDeny,        // a DENY rule matched
  kTlsFailure,          // handshake failed below identity: no certificate, bad record, time-out
  kIdentityInvalid,     // a certificate was shown, but it is no valid X.509-SVID for us
  kIdentityMismatch,    // a valid SVID of somebody else than expected
  kRevoked,             // the SVID is on a certificate revocation list
  kExpiredGrant,        // a rule would allow it, but is outside its validity or used up
  kPolicyChanged,       // a live connection is no longer allowed
  kTrustChanged,        // a live connection's SVID is no longer trusted
  kUnknownDestination,  // outbound destination is not listed
  kQuarantined,         // the identity of one of its two ends is quarantined
  kLoop,                // the connection leads back to this sidecar
  kRateLimit,           // more requests than the source may make
  kInspection,          // an attack was found inside, or it could not be looked into
  kLimit,               // a limit of ours was reached
  kMalformed,           // bytes that are not the protocol they should be
  kUpstreamFailure,     // the upstream refused, reset or could not be reached
  kTimeout,             // connect or idle time-out
  kDrained,             // the sidecar was stopping
  kInternal,            // our own error: always a deny
};
inline constexpr int kReasonCount = static_cast<int>(Reason::kInternal) + 1;

// QuarantineMode is how far an identity is cut off from its peers, and each step includes the one
// before it. kObserve: its records are marked, and nothing is decided. kReadonly: only HTTP
// requests that are safe (RFC 9110 section 9.2.1) pass. kIsolate: nothing passes.
enum class QuarantineMode : uint8_t { kNone, kObserve, kReadonly, kIsolate };

// Names as they stand in flow records and policy files, for example "INBOUND", "NO_RULE".
// ReasonName(kNone) and QuarantineModeName(kNone) are empty.
absl::string_view DirectionName(Direction direction);
absl::string_view VerdictName(Verdict verdict);
absl::string_view ReasonName(Reason reason);
absl::string_view QuarantineModeName(QuarantineMode mode);
std::optional<Verdict> ParseVerdict(absl::string_view name);
std::optional<Reason> ParseReason(absl::string_view name);

// InspectionMode is what becomes of what inspection finds: nothing is looked for, it is written
// down, or what it is in is stopped as well.
enum class InspectionMode : uint8_t { kOff, kDetect, kBlock };

// RuleInspection is what an ALLOW rule says about inspecting what it lets through. What it leaves
// out is for the listener to say.
struct RuleInspection {
  std::optional<InspectionMode> mode;
  int paranoia = 0;  // 1 to 4; 0: left out
  // What should be spoken, by its name in inspect/protocol; empty: left out.
  std::string protocol = {};
};

// RuleRef names the policy and rule behind a decision. Immutable and shared: a decision holds a
// pointer to the one made when the policy was compiled.
struct RuleRef {
  std::string policy_namespace;
  std::string policy;
  std::string rule;  // the rule's name, or rules[N] where it has none
  bool audit = false;
  std::string source;  // file:line
  // The rule's own words for people; empty: none.
  std::string reason = {};
  std::string ticket = {};
  RuleInspection inspection = {};
};

// DecisionId names one decision across logs, flow records and error bodies.
struct DecisionId {
  uint64_t high = 0;
  uint64_t low = 0;
  bool empty() const { return high == 0 && low == 0; }
  // 32 lower-case hex digits.
  std::string ToString() const;
};

// SharedString is an immutable string with many holders, such as a principal that thousands of
// connections and flow records name. Null means absent.
using SharedString = std::shared_ptr<const std::string>;

}  // namespace firebreak

#endif  // FIREBREAK_BASE_VERDICT_H_
