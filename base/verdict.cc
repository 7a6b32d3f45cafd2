#include "base/verdict.h"

#include "absl/strings/str_format.h"

namespace firebreak {
namespace {

constexpr std::array<absl::string_view, 4> kVerdictNames = {"FORWARDED", "DROPPED", "AUDIT",
                                                            "ERROR"};
constexpr std::array<absl::string_view, kReasonCount> kReasonNames = {"",
                                                                      "NO_RULE",
                                                                      "EXPLICIT_DENY",
                                                                      "TLS_FAILURE",
                                                                      "IDENTITY_INVALID",
                                                                      "IDENTITY_MISMATCH",
                                                                      "REVOKED",
                                                                      "EXPIRED_GRANT",
                                                                      "POLICY_CHANGED",
                                                                      "TRUST_CHANGED",
                                                                      "UNKNOWN_DESTINATION",
                                                                      "QUARANTINED",
                                                                      "LOOP",
                                                                      "RATE_LIMIT",
                                                                      "INSPECTION",
                                                                      "LIMIT",
                                                                      "MALFORMED",
                                                                      "UPSTREAM_FAILURE",
                                                                      "TIMEOUT",
                                                                      "DRAINED",
                                                                      "INTERNAL"};

constexpr std::array<absl::string_view, 4> kQuarantineModeNames = {"", "OBSERVE", "READONLY",
                                                                   "ISOLATE"};

}  // namespace

absl::string_view DirectionName(Direction direction) {
  return direction == Direction::kInbound ? "INBOUND" : "OUTBOUND";
}

absl::string_view VerdictName(Verdict verdict) {
  return kVerdictNames[static_cast<size_t>(verdict)];
}

absl::string_view ReasonName(Reason reason) { return kReasonNames[static_cast<size_t>(reason)]; }

absl::string_view QuarantineModeName(QuarantineMode mode) {
  return kQuarantineModeNames[static_cast<size_t>(mode)];
}

std::optional<Verdict> ParseVerdict(absl::string_view name) {
  for (size_t i = 0; i < kVerdictNames.size(); ++i) {
    if (kVerdictNames[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

std::optional<Reason> ParseReason(absl::string_view name) {
  for (size_t i = 0; i < kReasonNames.size(); ++i) {
    if (kReasonNames[i] == name) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

std::string DecisionId::ToString() const { return absl::StrFormat("%016x%016x", high, low); }

}  // namespace firebreak
