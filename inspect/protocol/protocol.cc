#include "inspect/protocol/protocol.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

using P = Protocol;

// In the order of the enum; the test compares.
constexpr std::array<ProtocolInfo, kProtocolCount> kInfos = {{
    {P::kUnknown, "unknown", P::kUnknown, 0, {}},
    {P::kHttp1, "http1", P::kUnknown, 0, {80, 8080, 8000, 3128}},
    {P::kWebSocket, "websocket", P::kHttp1, 0, {}},
    {P::kHttpConnect, "http-connect", P::kHttp1, kTunnel, {}},
    {P::kDockerApi, "docker", P::kHttp1, kCodeByDesign, {2375}},
    {P::kHttp2, "http2", P::kUnknown, 0, {}},
    {P::kGrpc, "grpc", P::kHttp2, 0, {}},
    {P::kTls, "tls", P::kUnknown, 0, {443, 8443, 853, 993}},
    {P::kSocks4, "socks4", P::kUnknown, kTunnel, {1080}},
    {P::kSocks5, "socks5", P::kUnknown, kTunnel, {1080}},
    {P::kAjp, "ajp", P::kUnknown, 0, {8009}},
    {P::kFastCgi, "fastcgi", P::kUnknown, 0, {9000}},
    {P::kSsh, "ssh", P::kUnknown, kInteractive, {22}},
    {P::kTelnet, "telnet", P::kUnknown, kInteractive | kClearPasswords, {23}},
    {P::kRdp, "rdp", P::kUnknown, kInteractive, {3389}},
    {P::kVnc, "vnc", P::kUnknown, kInteractive, {5900, 5901}},
    {P::kX11, "x11", P::kUnknown, kInteractive, {6000, 6010}},
    {P::kFtp, "ftp", P::kUnknown, kClearPasswords, {21}},
    {P::kSmb1, "smb1", P::kUnknown, 0, {445, 139}},
    {P::kSmb2, "smb2", P::kUnknown, 0, {445}},
    {P::kNetbios, "netbios-session", P::kUnknown, 0, {139}},
    {P::kSunRpc, "nfs", P::kUnknown, 0, {2049, 111}},
    {P::kAfp, "afp", P::kUnknown, 0, {548}},
    {P::kRsync, "rsync", P::kUnknown, 0, {873}},
    {P::kTftp, "tftp", P::kUnknown, 0, {69}},
    {P::kIscsi, "iscsi", P::kUnknown, 0, {3260}},
    {P::kGit, "git", P::kUnknown, 0, {9418}},
    {P::kSvn, "svn", P::kUnknown, 0, {3690}},
    {P::kSmtp, "smtp", P::kUnknown, kClearPasswords, {25, 587}},
    {P::kPop3, "pop3", P::kUnknown, kClearPasswords, {110}},
    {P::kImap, "imap", P::kUnknown, kClearPasswords, {143}},
    {P::kNntp, "nntp", P::kUnknown, kClearPasswords, {119}},
    {P::kIrc, "irc", P::kUnknown, 0, {6667, 6666}},
    {P::kXmpp, "xmpp", P::kUnknown, 0, {5222, 5269}},
    {P::kSip, "sip", P::kUnknown, 0, {5060}},
    {P::kRtsp, "rtsp", P::kUnknown, 0, {554, 8554}},
    {P::kRtmp, "rtmp", P::kUnknown, 0, {1935}},
    {P::kSkinny, "skinny", P::kUnknown, 0, {2000}},
    {P::kH323, "h323", P::kUnknown, 0, {1720}},
    {P::kMgcp, "mgcp", P::kUnknown, 0, {2427, 2727}},
    {P::kMegaco, "megaco", P::kUnknown, 0, {2944}},
    {P::kStun, "stun", P::kUnknown, 0, {3478, 3479, 19302}},
    {P::kRtp, "rtp", P::kUnknown, 0, {}},
    {P::kRtcp, "rtcp", P::kUnknown, 0, {}},
    {P::kSmpp, "smpp", P::kUnknown, kClearPasswords, {2775}},
    {P::kMysql, "mysql", P::kUnknown, 0, {3306}},
    {P::kPostgresql, "postgresql", P::kUnknown, 0, {5432}},
    {P::kMongodb, "mongodb", P::kUnknown, 0, {27017}},
    {P::kRedis, "redis", P::kUnknown, kClearPasswords, {6379}},
    {P::kMemcached, "memcached", P::kUnknown, 0, {11211}},
    {P::kCassandra, "cassandra", P::kUnknown, 0, {9042}},
    {P::kClickhouse, "clickhouse", P::kUnknown, kClearPasswords, {9000}},
    {P::kTds, "mssql", P::kUnknown, 0, {1433}},
    {P::kOracleTns, "oracle", P::kUnknown, 0, {1521}},
    {P::kDrda, "drda", P::kUnknown, 0, {50000, 446}},
    {P::kElasticsearch, "elasticsearch", P::kUnknown, 0, {9300}},
    {P::kZookeeper, "zookeeper", P::kUnknown, 0, {2181}},
    {P::kKafka, "kafka", P::kUnknown, 0, {9092}},
    {P::kAmqp091, "amqp", P::kUnknown, 0, {5672}},
    {P::kAmqp10, "amqp1.0", P::kUnknown, 0, {5672}},
    {P::kMqtt, "mqtt", P::kUnknown, kClearPasswords, {1883}},
    {P::kNats, "nats", P::kUnknown, kClearPasswords, {4222}},
    {P::kStomp, "stomp", P::kUnknown, kClearPasswords, {61613}},
    {P::kGearman, "gearman", P::kUnknown, 0, {4730}},
    {P::kBeanstalk, "beanstalk", P::kUnknown, 0, {11300}},
    {P::kZmtp, "zeromq", P::kUnknown, 0, {}},
    {P::kOpenWire, "openwire", P::kUnknown, 0, {61616}},
    {P::kThrift, "thrift", P::kUnknown, 0, {9090}},
    {P::kJsonRpc, "json-rpc", P::kUnknown, 0, {}},
    {P::kJavaRmi, "java-rmi", P::kUnknown, kCodeByDesign, {1099}},
    {P::kJavaSerial, "java-serialised", P::kUnknown, kCodeByDesign, {}},
    {P::kJdwp, "jdwp", P::kUnknown, kCodeByDesign, {5005, 8000}},
    {P::kDceRpc, "dcerpc", P::kUnknown, 0, {135}},
    {P::kFix, "fix", P::kUnknown, 0, {}},
    {P::kHl7, "hl7", P::kUnknown, 0, {2575}},
    {P::kDicom, "dicom", P::kUnknown, 0, {104, 11112}},
    {P::kLdap, "ldap", P::kUnknown, kClearPasswords, {389, 3268}},
    {P::kKerberos, "kerberos", P::kUnknown, 0, {88}},
    {P::kTacacs, "tacacs", P::kUnknown, 0, {49}},
    {P::kDiameter, "diameter", P::kUnknown, 0, {3868}},
    {P::kRadius, "radius", P::kUnknown, 0, {1812, 1813, 1645, 1646}},
    {P::kDns, "dns", P::kUnknown, 0, {53}},
    {P::kMdns, "mdns", P::kUnknown, 0, {5353}},
    {P::kLlmnr, "llmnr", P::kUnknown, 0, {5355}},
    {P::kNetbiosName, "netbios-name", P::kUnknown, 0, {137, 138}},
    {P::kDhcp, "dhcp", P::kUnknown, 0, {67, 68}},
    {P::kDhcpV6, "dhcpv6", P::kUnknown, 0, {546, 547}},
    {P::kNtp, "ntp", P::kUnknown, 0, {123}},
    {P::kSnmp, "snmp", P::kUnknown, kClearPasswords, {161, 162}},
    {P::kSsdp, "ssdp", P::kUnknown, 0, {1900}},
    {P::kSyslog, "syslog", P::kUnknown, 0, {514, 601}},
    {P::kBgp, "bgp", P::kUnknown, 0, {179}},
    {P::kLdp, "ldp", P::kUnknown, 0, {646}},
    {P::kIke, "ike", P::kUnknown, kTunnel, {500, 4500}},
    {P::kOpenVpn, "openvpn", P::kUnknown, kTunnel, {1194}},
    {P::kWireGuard, "wireguard", P::kUnknown, kTunnel, {51820}},
    {P::kL2tp, "l2tp", P::kUnknown, kTunnel, {1701}},
    {P::kPptp, "pptp", P::kUnknown, kTunnel, {1723}},
    {P::kQuic, "quic", P::kUnknown, 0, {443, 80}},
    {P::kDtls, "dtls", P::kUnknown, 0, {}},
    {P::kGtp, "gtp", P::kUnknown, kTunnel, {2152, 2123, 3386}},
    {P::kCoap, "coap", P::kUnknown, 0, {5683, 5684}},
    {P::kNetflow, "netflow", P::kUnknown, 0, {2055, 4739, 9995, 9996}},
    {P::kSflow, "sflow", P::kUnknown, 0, {6343}},
    {P::kNatPmp, "nat-pmp", P::kUnknown, 0, {5351, 5350}},
    {P::kTeredo, "teredo", P::kUnknown, kTunnel, {3544}},
    {P::kVxlan, "vxlan", P::kUnknown, kTunnel, {4789, 8472}},
    {P::kRx, "rx", P::kUnknown, 0, {7000, 7001, 7002, 7003}},
    {P::kRmcp, "rmcp", P::kUnknown, 0, {623}},
    {P::kZabbix, "zabbix", P::kUnknown, 0, {10050, 10051}},
    {P::kCheckMk, "check-mk", P::kUnknown, 0, {6556}},
    {P::kRoughtime, "roughtime", P::kUnknown, 0, {2002, 2003}},
    {P::kModbus, "modbus", P::kUnknown, 0, {502}},
    {P::kDnp3, "dnp3", P::kUnknown, 0, {20000}},
    {P::kS7, "s7comm", P::kUnknown, 0, {102}},
    {P::kMms, "mms", P::kUnknown, 0, {102}},
    {P::kIec104, "iec104", P::kUnknown, 0, {2404}},
    {P::kEnip, "ethernet-ip", P::kUnknown, 0, {44818, 2222}},
    {P::kOpcUa, "opc-ua", P::kUnknown, 0, {4840}},
    {P::kSynchrophasor, "synchrophasor", P::kUnknown, 0, {4712, 4713}},
    {P::kBacnet, "bacnet", P::kUnknown, 0, {47808}},
    {P::kKnxIp, "knxnet-ip", P::kUnknown, 0, {3671}},
    {P::kSomeIp, "some-ip", P::kUnknown, 0, {30490, 30491, 30501}},
    {P::kBittorrent, "bittorrent", P::kUnknown, kPeerToPeer, {6881}},
    {P::kBitcoin, "bitcoin", P::kUnknown, kPeerToPeer, {8333}},
    {P::kEthereum, "ethereum", P::kUnknown, kPeerToPeer, {30303}},
    {P::kStratum, "stratum", P::kJsonRpc, kMining, {3333}},
    {P::kGnutella, "gnutella", P::kUnknown, kPeerToPeer, {6346}},
    {P::kMinecraft, "minecraft", P::kUnknown, 0, {25565}},
    {P::kRakNet, "raknet", P::kUnknown, 0, {19132}},
    {P::kSourceEngine, "source-engine", P::kUnknown, 0, {27015}},
}};

}  // namespace

const ProtocolInfo& InfoOf(Protocol protocol) { return kInfos[static_cast<size_t>(protocol)]; }

std::optional<Protocol> ParseProtocol(absl::string_view name) {
  for (const ProtocolInfo& info : kInfos) {
    if (info.protocol != P::kUnknown && absl::EqualsIgnoreCase(info.name, name)) {
      return info.protocol;
    }
  }
  return std::nullopt;
}

absl::Span<const ProtocolInfo> AllProtocols() { return kInfos; }

bool UsesPort(Protocol protocol, uint16_t port) {
  const auto& ports = InfoOf(protocol).ports;
  return port != 0 && std::find(ports.begin(), ports.end(), port) != ports.end();
}

bool IsWithin(Protocol inner, Protocol outer) {
  return inner == outer || (outer != P::kUnknown && InfoOf(inner).over == outer);
}

}  // namespace firebreak::inspect
