#include "detect/signal.h"

namespace firebreak::detect {

absl::string_view SignalName(Signal signal) {
  switch (signal) {
    case Signal::kNewEdge:
      return "new-edge";
    case Signal::kNewRoute:
      return "new-route";
    case Signal::kOrphan:
      return "causal-orphan";
    case Signal::kRefused:
      return "refused-contact";
    case Signal::kHeldOpen:
      return "held-open";
    case Signal::kDenied:
      return "denied-sequence";
    case Signal::kFanOut:
      return "fan-out";
    case Signal::kBeacon:
      return "beacon";
    case Signal::kExfiltration:
      return "exfiltration";
    case Signal::kStolenSvid:
      return "stolen-svid";
    case Signal::kHoney:
      return "honey";
    case Signal::kPayload:
      return "payload-to-path";
    case Signal::kSurplus:
      return "surplus";
    case Signal::kOffHours:
      return "off-hours";
    case Signal::kReach:
      return "reach";
  }
  return "";
}

Technique TechniqueOf(Signal signal) {
  constexpr Technique kRemoteServices = {"TA0008", "Lateral Movement", "T1021", "Remote Services"};
  constexpr Technique kExploitation = {"TA0008", "Lateral Movement", "T1210",
                                       "Exploitation of Remote Services"};
  constexpr Technique kDiscovery = {"TA0007", "Discovery", "T1046", "Network Service Discovery"};
  constexpr Technique kAccounts = {"TA0005", "Defense Evasion", "T1078", "Valid Accounts"};
  switch (signal) {
    case Signal::kNewEdge:
    case Signal::kOrphan:
      return kRemoteServices;
    case Signal::kNewRoute:
      return kExploitation;
    case Signal::kRefused:
    case Signal::kDenied:
    case Signal::kFanOut:
      return kDiscovery;
    case Signal::kHeldOpen:
      return {"TA0011", "Command and Control", "T1572", "Protocol Tunneling"};
    case Signal::kBeacon:
      return {"TA0011", "Command and Control", "T1071", "Application Layer Protocol"};
    case Signal::kExfiltration:
      return {"TA0010", "Exfiltration", "T1041", "Exfiltration Over C2 Channel"};
    case Signal::kSurplus:
    case Signal::kReach:
      return kRemoteServices;
    case Signal::kHoney:
    case Signal::kOffHours:
      return kAccounts;
    case Signal::kStolenSvid:
      return {"TA0008", "Lateral Movement", "T1550.001", "Application Access Token"};
    case Signal::kPayload:
      return {"TA0001", "Initial Access", "T1190", "Exploit Public-Facing Application"};
  }
  return kRemoteServices;
}

}  // namespace firebreak::detect
