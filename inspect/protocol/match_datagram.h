// Matchers of single datagrams. A datagram is whole: its length is part of its structure, and there
// is nothing to wait for, so none of these answers kNeedMore.
#ifndef FIREBREAK_INSPECT_PROTOCOL_MATCH_DATAGRAM_H_
#define FIREBREAK_INSPECT_PROTOCOL_MATCH_DATAGRAM_H_

#include "inspect/protocol/prefix.h"

namespace firebreak::inspect {

// match_datagram.cc: what a network needs to run.
Fit MatchDnsDatagram(const Prefix& p);
Fit MatchNetbiosDatagram(const Prefix& p);
Fit MatchDhcp(const Prefix& p);
Fit MatchDhcpV6(const Prefix& p);
Fit MatchNtp(const Prefix& p);
Fit MatchSnmp(const Prefix& p);
Fit MatchTftp(const Prefix& p);
Fit MatchSsdp(const Prefix& p);
Fit MatchRadius(const Prefix& p);
Fit MatchKerberosDatagram(const Prefix& p);
Fit MatchRpcDatagram(const Prefix& p);
Fit MatchNatPmp(const Prefix& p);
Fit MatchNetflow(const Prefix& p);
Fit MatchSflow(const Prefix& p);
Fit MatchCoap(const Prefix& p);
Fit MatchRmcp(const Prefix& p);
Fit MatchDceRpcDatagram(const Prefix& p);
Fit MatchCipIo(const Prefix& p);
Fit MatchLdpHello(const Prefix& p);
Fit MatchSynchrophasorDatagram(const Prefix& p);

// match_datagram_media.cc: secured transports, tunnels, media, machines and play.
Fit MatchQuic(const Prefix& p);
Fit MatchDtls(const Prefix& p);
Fit MatchStun(const Prefix& p);
Fit MatchRtp(const Prefix& p);
Fit MatchRtcp(const Prefix& p);
Fit MatchIke(const Prefix& p);
Fit MatchOpenVpnDatagram(const Prefix& p);
Fit MatchWireGuard(const Prefix& p);
Fit MatchL2tp(const Prefix& p);
Fit MatchGtp(const Prefix& p);
Fit MatchTeredo(const Prefix& p);
Fit MatchVxlan(const Prefix& p);
Fit MatchRx(const Prefix& p);
Fit MatchRoughtime(const Prefix& p);
Fit MatchBacnet(const Prefix& p);
Fit MatchKnxIp(const Prefix& p);
Fit MatchSomeIp(const Prefix& p);
Fit MatchDht(const Prefix& p);
Fit MatchEthereumDiscovery(const Prefix& p);
Fit MatchRakNet(const Prefix& p);
Fit MatchSourceEngine(const Prefix& p);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_MATCH_DATAGRAM_H_
