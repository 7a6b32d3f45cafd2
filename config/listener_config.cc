#include "config/listener_config.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "config/inspection_config.h"
#include "config/proxy.pb.h"

namespace firebreak::config {
namespace {

MtlsMode MtlsOf(const v1::Listener& listener) {
  if (listener.mtls() == v1::Listener::DISABLE) return MtlsMode::kDisable;
  if (listener.mtls() == v1::Listener::PERMISSIVE) return MtlsMode::kPermissive;
  return MtlsMode::kStrict;
}

ListenerProtocol ProtocolOf(const v1::Listener& listener) {
  if (listener.protocol() == v1::Listener::TCP) return ListenerProtocol::kTcp;
  if (listener.protocol() == v1::Listener::HTTP1) return ListenerProtocol::kHttp1;
  if (listener.protocol() == v1::Listener::HTTP2) return ListenerProtocol::kHttp2;
  return ListenerProtocol::kAuto;
}

// CheckInbound: who may connect is for policy to say, not for the listener.
void CheckInbound(const ListenerConfig& listener, const std::string& path,
                  const FieldChecks& checks) {
  if (listener.expect_identities.empty()) return;
  checks.Report(absl::StrCat(path, ".expect_identities"), ErrorCode::kConflict,
                absl::StrCat("expect_identities in the inbound ", path),
                "name who may connect in a policy");
}

// CheckCapture checks an outbound listener that follows the original destination.
void CheckCapture(const ListenerConfig& listener, const OutboundConfig& outbound,
                  const std::string& path, const FieldChecks& checks) {
  if (!listener.expect_identities.empty()) {
    checks.Report(absl::StrCat(path, ".expect_identities"), ErrorCode::kConflict,
                  absl::StrCat("expect_identities without upstream in ", path),
                  "add `upstream`, or list the peers in outbound.destinations");
  }
  if (listener.mtls != MtlsMode::kDisable) return;
  if (!outbound.passthrough_unknown) {
    checks.Report(absl::StrCat(path, ".mtls"), ErrorCode::kConflict,
                  absl::StrCat("mtls DISABLE without upstream in ", path),
                  "add `upstream`, or set outbound.unknown_destinations to PASSTHROUGH");
  } else if (!outbound.destinations.empty()) {
    checks.Report(absl::StrCat(path, ".mtls"), ErrorCode::kConflict,
                  absl::StrCat("mtls DISABLE in ", path,
                               " contradicts the identities in outbound.destinations"));
  }
}

void CheckOutbound(const ListenerConfig& listener, const OutboundConfig& outbound,
                   const std::string& path, const FieldChecks& checks) {
  if (listener.mtls == MtlsMode::kPermissive) {
    checks.Report(absl::StrCat(path, ".mtls"), ErrorCode::kConflict,
                  absl::StrCat("mtls PERMISSIVE in the outbound ", path), "STRICT or DISABLE");
    return;
  }
  // By the file, not the parsed value: a bad upstream has been reported as that.
  if (!checks.Contains(absl::StrCat(path, ".upstream"))) {
    return CheckCapture(listener, outbound, path, checks);
  }
  const std::string identities = absl::StrCat(path, ".expect_identities");
  const bool named = !listener.expect_identities.empty();
  if (listener.mtls == MtlsMode::kStrict && !named) {
    checks.Report(
        identities, ErrorCode::kRequiredField,
        absl::StrCat(identities, checks.Contains(identities) ? " is empty" : " is missing"),
        "name the principals the upstream may have");
  }
  if (listener.mtls == MtlsMode::kDisable && named) {
    checks.Report(identities, ErrorCode::kConflict,
                  absl::StrCat("expect_identities with mtls DISABLE in ", path),
                  "without TLS nobody proves an identity");
  }
}

void CheckUpstream(const ListenerConfig& listener, const std::string& path,
                   const FieldChecks& checks) {
  if (!listener.upstream) return;
  const std::string upstream = absl::StrCat(path, ".upstream");
  if (listener.upstream->port() == 0 || listener.upstream->ip().is_unspecified()) {
    checks.Report(upstream, ErrorCode::kInvalidValue,
                  absl::StrCat("nothing can connect to the address in ", upstream),
                  "name one IP address and a port from 1 to 65535");
  } else if (*listener.upstream == listener.address) {
    checks.Report(upstream, ErrorCode::kConflict, absl::StrCat(path, " would connect to itself"));
  }
}

bool Learns(const LearningConfig& learning) { return learning.state != LearningState::kOff; }

// CheckLearning turns learning off where the file means other listeners: where neither requests nor
// byte streams are inspected, or are those of this workload, whose receiver learns them.
void CheckLearning(const std::string& path, const FieldChecks& checks, ListenerConfig* listener) {
  LearningConfig& learning = listener->inspection.learning;
  if (!Learns(learning)) return;
  const std::string own = absl::StrCat(path, ".inspection.learning");
  const std::string state = absl::StrCat(own, ".state");
  const bool inspects = listener->inspection.mode != InspectionMode::kOff ||
                        listener->inspection.streams.action != StreamAction::kNone;
  if (listener->direction == Direction::kOutbound || !inspects) {
    learning.state = LearningState::kOff;
    if (!checks.Contains(state)) return;
    checks.Report(state, ErrorCode::kConflict, absl::StrCat(path, " would learn nothing"),
                  "learning is of an INBOUND listener that inspects requests or streams");
    return;
  }
  if (!learning.folder.empty()) return;
  const std::string at = checks.Contains(own) ? own : "inspection.learning";
  checks.Report(absl::StrCat(at, ".folder"), ErrorCode::kRequiredField,
                absl::StrCat(at, ".folder is missing"), "name a folder for what is learned");
}

ListenerConfig BuildListener(const v1::Listener& proto, const std::string& path,
                             const InspectionConfig& inspection, const FieldChecks& checks) {
  ListenerConfig listener;
  listener.name = checks.RequiredName(absl::StrCat(path, ".name"), proto.name());
  if (proto.direction() == v1::Listener::DIRECTION_UNSPECIFIED) {
    checks.Required(absl::StrCat(path, ".direction"), "");
  }
  const bool outbound = proto.direction() == v1::Listener::OUTBOUND;
  listener.direction = outbound ? Direction::kOutbound : Direction::kInbound;
  const auto address = checks.RequiredAddress(absl::StrCat(path, ".address"), proto.address());
  if (address) listener.address = *address;
  listener.mtls = MtlsOf(proto);
  const std::string upstream = absl::StrCat(path, ".upstream");
  if (checks.Contains(upstream)) listener.upstream = checks.Address(upstream, proto.upstream());
  listener.protocol = ProtocolOf(proto);
  listener.expect_identities =
      checks.Principals(absl::StrCat(path, ".expect_identities"),
                        {proto.expect_identities().begin(), proto.expect_identities().end()});
  listener.inspection = inspection;
  ReadInspection(proto.inspection(), absl::StrCat(path, ".inspection"), checks,
                 &listener.inspection);
  RefusePacks(absl::StrCat(path, ".inspection"), checks);
  CheckLearning(path, checks, &listener);
  return listener;
}

std::vector<uint16_t> ReadPorts(const v1::Destination& proto, const std::string& path,
                                const FieldChecks& checks) {
  std::vector<uint16_t> ports;
  for (int i = 0; i < proto.ports_size(); ++i) {
    const uint32_t port = proto.ports(i);
    if (port < 1 || port > 65535) {
      checks.Report(absl::StrCat(path, ".ports[", i, "]"), ErrorCode::kInvalidValue,
                    absl::StrCat("bad port ", port, " in ", path, ".ports"), "1 to 65535");
      continue;
    }
    ports.push_back(static_cast<uint16_t>(port));
  }
  // An empty list could be meant as "none" or as "all".
  if (proto.ports().empty() && checks.Contains(absl::StrCat(path, ".ports"))) {
    checks.Report(absl::StrCat(path, ".ports"), ErrorCode::kRequiredField,
                  absl::StrCat(path, ".ports is empty"), "leave it out for all ports");
  }
  std::sort(ports.begin(), ports.end());
  return ports;
}

bool PortsOverlap(const DestinationConfig& a, const DestinationConfig& b) {
  if (a.ports.empty() || b.ports.empty()) return a.ports.empty() && b.ports.empty();
  return std::any_of(a.ports.begin(), a.ports.end(), [&b](uint16_t port) {
    return std::binary_search(b.ports.begin(), b.ports.end(), port);
  });
}

// ReportTwice: two entries that are equally specific about one address and port would leave it to
// chance whose identities count.
void ReportTwice(const DestinationConfig& destination, const OutboundConfig& outbound,
                 const std::string& path, const FieldChecks& checks) {
  const std::string block = destination.address.ToString();
  for (const DestinationConfig& other : outbound.destinations) {
    if (other.address.ToString() != block || !PortsOverlap(destination, other)) continue;
    checks.Report(absl::StrCat(path, ".address"), ErrorCode::kConflict,
                  absl::StrCat(block, " is in outbound.destinations twice"),
                  "merge the entries, or give them different ports");
    return;
  }
}

void AddDestination(const v1::Destination& proto, const std::string& path,
                    const FieldChecks& checks, OutboundConfig* outbound) {
  const std::string identities = absl::StrCat(path, ".expect_identities");
  if (proto.expect_identities().empty()) checks.Required(identities, "");
  std::vector<std::string> principals = checks.Principals(
      identities, {proto.expect_identities().begin(), proto.expect_identities().end()});
  std::vector<uint16_t> ports = ReadPorts(proto, path, checks);
  const std::string address = absl::StrCat(path, ".address");
  if (!checks.Required(address, proto.address())) return;
  const auto block = CidrBlock::Parse(proto.address());
  if (!block.ok()) {
    checks.Report(address, ErrorCode::kInvalidValue,
                  absl::StrCat("bad address \"", proto.address(), "\" in ", address),
                  "an IP address or CIDR block without bits after the prefix, for example "
                  "10.0.0.0/24");
    return;
  }
  DestinationConfig destination{*block, std::move(ports), std::move(principals)};
  ReportTwice(destination, *outbound, path, checks);
  outbound->destinations.push_back(std::move(destination));
}

// MoreSpecific orders by prefix; of one block, an entry with ports comes before that for the rest.
bool MoreSpecific(const DestinationConfig& a, const DestinationConfig& b) {
  if (a.address.prefix_bits() != b.address.prefix_bits()) {
    return a.address.prefix_bits() > b.address.prefix_bits();
  }
  return !a.ports.empty() && b.ports.empty();
}

}  // namespace

OutboundConfig BuildOutbound(const v1::Proxy& proxy, const FieldChecks& checks) {
  OutboundConfig outbound;
  const v1::Outbound& proto = proxy.outbound();
  outbound.passthrough_unknown = proto.unknown_destinations() == v1::Outbound::PASSTHROUGH;
  for (int i = 0; i < proto.destinations_size(); ++i) {
    AddDestination(proto.destinations(i), absl::StrCat("outbound.destinations[", i, "]"), checks,
                   &outbound);
  }
  std::stable_sort(outbound.destinations.begin(), outbound.destinations.end(), MoreSpecific);
  return outbound;
}

std::vector<ListenerConfig> BuildListeners(const v1::Proxy& proxy, const OutboundConfig& outbound,
                                           const FieldChecks& checks) {
  std::vector<ListenerConfig> listeners;
  std::map<std::string, std::string> paths_by_name;
  if (proxy.listeners().empty()) checks.Required("listeners", "");
  InspectionConfig inspection;
  ReadInspection(proxy.inspection(), "inspection", checks, &inspection);
  for (int i = 0; i < proxy.listeners_size(); ++i) {
    const std::string path = absl::StrCat("listeners[", i, "]");
    ListenerConfig listener = BuildListener(proxy.listeners(i), path, inspection, checks);
    CheckUpstream(listener, path, checks);
    if (listener.direction == Direction::kOutbound) {
      CheckOutbound(listener, outbound, path, checks);
    } else {
      CheckInbound(listener, path, checks);
    }
    const auto [first, is_new] = paths_by_name.emplace(listener.name, path);
    if (!is_new && !listener.name.empty()) {
      checks.Report(absl::StrCat(path, ".name"), ErrorCode::kConflict,
                    absl::StrCat("name \"", listener.name, "\" is taken by ", first->second));
    }
    listeners.push_back(std::move(listener));
  }
  const bool any = std::any_of(listeners.begin(), listeners.end(), [](const auto& listener) {
    return Learns(listener.inspection.learning);
  });
  if (Learns(inspection.learning) && !any) {
    checks.Report("inspection.learning.state", ErrorCode::kConflict, "no listener would learn",
                  "learning is of INBOUND listeners that inspect requests or streams");
  }
  return listeners;
}

}  // namespace firebreak::config
