#include "inspect/stream/protocol_risk.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

struct TraitRisk {
  ProtocolTrait trait;
  RiskKind kind;
  absl::string_view because;
};

constexpr TraitRisk kTraitRisks[] = {
    {kInteractive, RiskKind::kInteractive, "gives a person a shell or a screen"},
    {kTunnel, RiskKind::kTunnel, "carries connections to elsewhere, which policy does not see"},
    {kCodeByDesign, RiskKind::kCodeByDesign, "lets its peer run code"},
    {kMining, RiskKind::kMiner, "is what miners of coins speak with their pool"},
    {kPeerToPeer, RiskKind::kPeerToPeer, "talks to peers that nobody named"},
};

// The protocol that a port is known for: the first one of the table.
Protocol OwnerOf(uint16_t port) {
  for (const ProtocolInfo& info : AllProtocols()) {
    if (UsesPort(info.protocol, port)) return info.protocol;
  }
  return Protocol::kUnknown;
}

}  // namespace

std::optional<Risk> CompareDeclared(Protocol declared, const Identity& seen) {
  if (declared == Protocol::kUnknown || seen.protocol == Protocol::kUnknown) return std::nullopt;
  if (IsWithin(seen.protocol, declared)) return std::nullopt;
  return Risk{RiskKind::kNotDeclared, absl::StrCat("declared ", ProtocolName(declared), ", but ",
                                                   ProtocolName(seen.protocol), " is spoken (",
                                                   ConfidenceName(seen.confidence), ")")};
}

std::vector<Risk> RisksOf(const Identity& seen, std::optional<Protocol> declared,
                          uint16_t server_port) {
  std::vector<Risk> risks;
  if (seen.protocol == Protocol::kUnknown) return risks;
  if (declared.has_value()) {
    if (auto risk = CompareDeclared(*declared, seen)) risks.push_back(*std::move(risk));
  }
  if (declared == seen.protocol) return risks;
  const ProtocolInfo& info = InfoOf(seen.protocol);
  for (const TraitRisk& row : kTraitRisks) {
    if ((info.traits & row.trait) != 0) {
      risks.push_back({row.kind, absl::StrCat(info.name, " ", row.because)});
    }
  }
  const Protocol owner = OwnerOf(server_port);
  const bool has_ports = info.ports[0] != 0;
  if (!declared.has_value() && has_ports && owner != Protocol::kUnknown &&
      !UsesPort(seen.protocol, server_port) && !IsWithin(seen.protocol, owner)) {
    risks.push_back(
        {RiskKind::kStrangePort, absl::StrCat(info.name, " on port ", server_port, ", which is ",
                                              ProtocolName(owner), "'s")});
  }
  return risks;
}

}  // namespace firebreak::inspect
