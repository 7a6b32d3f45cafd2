// The protocols that are known by their bytes.
#ifndef FIREBREAK_INSPECT_PROTOCOL_PROTOCOL_H_
#define FIREBREAK_INSPECT_PROTOCOL_PROTOCOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::inspect {

enum class Protocol : uint8_t {
  kUnknown,
  // The web and its proxies.
  kHttp1,
  kWebSocket,
  kHttpConnect,
  kDockerApi,
  kHttp2,
  kGrpc,
  kTls,
  kSocks4,
  kSocks5,
  kAjp,
  kFastCgi,
  // People at a keyboard or a screen.
  kSsh,
  kTelnet,
  kRdp,
  kVnc,
  kX11,
  // Files.
  kFtp,
  kSmb1,
  kSmb2,
  kNetbios,
  kSunRpc,
  kAfp,
  kRsync,
  kTftp,
  kIscsi,
  kGit,
  kSvn,
  // Mail, talk and media.
  kSmtp,
  kPop3,
  kImap,
  kNntp,
  kIrc,
  kXmpp,
  kSip,
  kRtsp,
  kRtmp,
  kSkinny,
  kH323,
  kMgcp,
  kMegaco,
  kStun,
  kRtp,
  kRtcp,
  kSmpp,
  // Databases.
  kMysql,
  kPostgresql,
  kMongodb,
  kRedis,
  kMemcached,
  kCassandra,
  kClickhouse,
  kTds,
  kOracleTns,
  kDrda,
  kElasticsearch,
  kZookeeper,
  // Messages and calls.
  kKafka,
  kAmqp091,
  kAmqp10,
  kMqtt,
  kNats,
  kStomp,
  kGearman,
  kBeanstalk,
  kZmtp,
  kOpenWire,
  kThrift,
  kJsonRpc,
  kJavaRmi,
  kJavaSerial,
  kJdwp,
  kDceRpc,
  kFix,
  kHl7,
  kDicom,
  // Directories and who is who.
  kLdap,
  kKerberos,
  kTacacs,
  kDiameter,
  kRadius,
  // The network's own.
  kDns,
  kMdns,
  kLlmnr,
  kNetbiosName,
  kDhcp,
  kDhcpV6,
  kNtp,
  kSnmp,
  kSsdp,
  kSyslog,
  kBgp,
  kLdp,
  kIke,
  kOpenVpn,
  kWireGuard,
  kL2tp,
  kPptp,
  kQuic,
  kDtls,
  kGtp,
  kCoap,
  kNetflow,
  kSflow,
  kNatPmp,
  kTeredo,
  kVxlan,
  kRx,
  kRmcp,
  kZabbix,
  kCheckMk,
  kRoughtime,
  // Machines.
  kModbus,
  kDnp3,
  kS7,
  kMms,
  kIec104,
  kEnip,
  kOpcUa,
  kSynchrophasor,
  kBacnet,
  kKnxIp,
  kSomeIp,
  // Peers, coins and play.
  kBittorrent,
  kBitcoin,
  kEthereum,
  kStratum,
  kGnutella,
  kMinecraft,
  kRakNet,
  kSourceEngine,
};
inline constexpr size_t kProtocolCount = static_cast<size_t>(Protocol::kSourceEngine) + 1;

// What follows from a protocol, whatever is said in it.
enum ProtocolTrait : uint8_t {
  kInteractive = 1,     // a person's keystrokes or screen
  kClearPasswords = 2,  // its own way to log in shows the password
  kTunnel = 4,          // made to carry other traffic
  kMining = 8,
  kCodeByDesign = 16,  // whoever may speak it may run code: debuggers, serialised objects
  kPeerToPeer = 32,
};

struct ProtocolInfo {
  Protocol protocol;
  absl::string_view name;  // "http1": as reports and configuration spell it
  Protocol over;           // the protocol it starts as; kUnknown: none
  uint8_t traits;
  std::array<uint16_t, 4> ports;  // where the standard or habit puts it; 0: none
};

const ProtocolInfo& InfoOf(Protocol protocol);
inline absl::string_view ProtocolName(Protocol protocol) { return InfoOf(protocol).name; }
// Accepts the names of InfoOf in any case, and "tcp" or "auto" are none of them.
std::optional<Protocol> ParseProtocol(absl::string_view name);
absl::Span<const ProtocolInfo> AllProtocols();

bool UsesPort(Protocol protocol, uint16_t port);

// Whether what turned out to be `inner` began as `outer`: gRPC as HTTP/2. A protocol is within
// itself.
bool IsWithin(Protocol inner, Protocol outer);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_PROTOCOL_H_
