#include "inspect/stream/risk.h"

#include <array>
#include <cstddef>

namespace firebreak::inspect {
namespace {

using K = RiskKind;
using S = Severity;

// In the order of the enum.
constexpr std::array<RiskInfo, static_cast<size_t>(K::kSecret) + 1> kRisks = {{
    {K::kNotDeclared, "FBI-PROTO-001", S::kHigh, "another protocol than was declared"},
    {K::kSidesDisagree, "FBI-PROTO-002", S::kMedium, "the two sides speak different protocols"},
    {K::kStrangePort, "FBI-PROTO-003", S::kMedium, "a protocol on another one's port"},
    {K::kInteractive, "FBI-PROTO-004", S::kMedium, "remote shell or screen"},
    {K::kTunnel, "FBI-PROTO-005", S::kMedium, "a tunnel that carries other traffic"},
    {K::kCodeByDesign, "FBI-PROTO-006", S::kHigh, "a protocol that runs code by design"},
    {K::kMiner, "FBI-PROTO-007", S::kSevere, "a miner of coins talks to its pool"},
    {K::kPeerToPeer, "FBI-PROTO-008", S::kMedium, "peer-to-peer traffic"},
    {K::kShellPrompt, "FBI-SHELL-001", S::kSevere, "reverse shell: a prompt from the client"},
    {K::kShellTyping, "FBI-SHELL-002", S::kHigh, "commands are typed towards the client"},
    {K::kDnsNames, "FBI-DNS-001", S::kHigh, "DNS tunnel: many random names below a domain"},
    {K::kDnsLongNames, "FBI-DNS-002", S::kHigh, "DNS tunnel: long names that do not exist"},
    {K::kDnsRecords, "FBI-DNS-003", S::kMedium, "DNS tunnel: TXT and NULL records, often"},
    {K::kWrongContent, "FBI-FILE-001", S::kHigh, "content that is not of its declared type"},
    {K::kProgram, "FBI-FILE-002", S::kHigh, "a program within a stream of bytes"},
    {K::kRandomText, "FBI-FILE-003", S::kMedium, "declared as text, and looks encrypted"},
    {K::kRandomStream, "FBI-FILE-004", S::kLow,
     "encrypted from the first byte, without a handshake"},
    {K::kClearPassword, "FBI-CRED-001", S::kMedium, "a password in clear text"},
    {K::kSecret, "FBI-DLP-001", S::kHigh, "data that should not leave"},
}};

}  // namespace

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case S::kLow:
      return "low";
    case S::kMedium:
      return "medium";
    case S::kHigh:
      return "high";
    case S::kSevere:
      return "critical";
  }
  return "";
}

const RiskInfo& InfoOf(RiskKind kind) { return kRisks[static_cast<size_t>(kind)]; }
absl::Span<const RiskInfo> AllRisks() { return kRisks; }

}  // namespace firebreak::inspect
