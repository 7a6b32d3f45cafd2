// What is suspicious about a stream, and why.
#ifndef FIREBREAK_INSPECT_STREAM_RISK_H_
#define FIREBREAK_INSPECT_STREAM_RISK_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::inspect {

enum class RiskKind : uint8_t {
  kNotDeclared,    // another protocol than was declared
  kSidesDisagree,  // the two sides speak different protocols
  kStrangePort,    // a protocol on a port that belongs to another one
  kInteractive,    // a shell or a screen where none belongs
  kTunnel,         // carries other traffic past policy
  kCodeByDesign,   // a debugger or serialised objects: code runs for whoever may speak
  kMiner,
  kPeerToPeer,
  kShellPrompt,   // a shell's prompt from the side that connected
  kShellTyping,   // commands typed by a person towards the side that connected
  kDnsNames,      // many names, and random, below one domain
  kDnsLongNames,  // long names, and many that do not exist
  kDnsRecords,    // TXT and NULL, often
  kWrongContent,  // the file is not what its content type says
  kProgram,       // a program within a stream of unknown bytes
  kRandomText,    // bytes declared as text that look encrypted
  kRandomStream,  // encrypted from the first byte, by no protocol we know
  kClearPassword,
  kSecret,  // a key, a token or a number that should not leave
};

// kSevere is called "critical" where people read it.
enum class Severity : uint8_t { kLow, kMedium, kHigh, kSevere };
absl::string_view SeverityName(Severity severity);

struct RiskInfo {
  RiskKind kind;
  absl::string_view id;  // stable: "FBI-PROTO-001"
  Severity severity;
  absl::string_view title;
};
const RiskInfo& InfoOf(RiskKind kind);
absl::Span<const RiskInfo> AllRisks();

struct Risk {
  RiskKind kind;
  std::string why;  // a sentence with what was seen; bytes of peers in it are escaped
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_RISK_H_
