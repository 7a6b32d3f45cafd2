// The matchers of protocols, and the tables they stand in.
//
// A matcher looks at one direction of a stream, or at one datagram, and knows nothing else. It is a
// pure function, and its answer is final unless it is kNeedMore (see Fit). Structure is checked,
// never one byte alone: lengths that agree, versions that exist, fields that must be zero. What
// several protocols may write is kFits, which needs the other direction, or the port, to agree.
#ifndef FIREBREAK_INSPECT_PROTOCOL_MATCHERS_H_
#define FIREBREAK_INSPECT_PROTOCOL_MATCHERS_H_

#include "absl/types/span.h"

#include "inspect/protocol/prefix.h"
#include "inspect/protocol/protocol.h"

namespace firebreak::inspect {

using Matcher = Fit (*)(const Prefix&);

// Null: nothing can be told from that side.
struct StreamRow {
  Protocol protocol;
  Matcher client;
  Matcher server;
};

// Where two rows may fit the same bytes, the one that says more comes first.
absl::Span<const StreamRow> StreamRows();

struct DatagramRow {
  Protocol protocol;
  Matcher either;  // who sends it does not matter
  bool port_needed = false;
};
absl::Span<const DatagramRow> DatagramRows();

// match_web.cc
Fit MatchHttpRequest(const Prefix& p);
Fit MatchHttpResponse(const Prefix& p);
Fit MatchHttpConnect(const Prefix& p);
Fit MatchDockerRequest(const Prefix& p);
Fit MatchWebSocketRequest(const Prefix& p);
Fit MatchWebSocketResponse(const Prefix& p);
Fit MatchHttp2Preface(const Prefix& p);
Fit MatchHttp2Settings(const Prefix& p);
Fit MatchGrpcRequest(const Prefix& p);
Fit MatchTlsClient(const Prefix& p);
Fit MatchTlsServer(const Prefix& p);
Fit MatchSocks4Client(const Prefix& p);
Fit MatchSocks4Server(const Prefix& p);
Fit MatchSocks5Client(const Prefix& p);
Fit MatchSocks5Server(const Prefix& p);
Fit MatchAjpClient(const Prefix& p);
Fit MatchAjpServer(const Prefix& p);
Fit MatchFastCgi(const Prefix& p);

// match_mail.cc
Fit MatchSmtpClient(const Prefix& p);
Fit MatchSmtpServer(const Prefix& p);
Fit MatchFtpClient(const Prefix& p);
Fit MatchFtpServer(const Prefix& p);
Fit MatchPop3Client(const Prefix& p);
Fit MatchPop3Server(const Prefix& p);
Fit MatchImapClient(const Prefix& p);
Fit MatchImapServer(const Prefix& p);
Fit MatchNntpClient(const Prefix& p);
Fit MatchNntpServer(const Prefix& p);
Fit MatchIrcClient(const Prefix& p);
Fit MatchIrcServer(const Prefix& p);
Fit MatchXmpp(const Prefix& p);
Fit MatchSip(const Prefix& p);
Fit MatchRtsp(const Prefix& p);
Fit MatchRtmp(const Prefix& p);
Fit MatchSkinny(const Prefix& p);
Fit MatchH323(const Prefix& p);
Fit MatchMgcp(const Prefix& p);
Fit MatchMegaco(const Prefix& p);
Fit MatchSmppClient(const Prefix& p);
Fit MatchSmppServer(const Prefix& p);

// match_shell.cc
Fit MatchSsh(const Prefix& p);
Fit MatchTelnet(const Prefix& p);
Fit MatchRdpClient(const Prefix& p);
Fit MatchRdpServer(const Prefix& p);
Fit MatchVnc(const Prefix& p);
Fit MatchX11Client(const Prefix& p);
Fit MatchX11Server(const Prefix& p);
Fit MatchSmb1(const Prefix& p);
Fit MatchSmb2(const Prefix& p);
Fit MatchNetbiosRequest(const Prefix& p);
Fit MatchNetbiosResponse(const Prefix& p);
Fit MatchRpcCall(const Prefix& p);
Fit MatchRpcReply(const Prefix& p);
Fit MatchAfpClient(const Prefix& p);
Fit MatchAfpServer(const Prefix& p);
Fit MatchRsync(const Prefix& p);
Fit MatchIscsiClient(const Prefix& p);
Fit MatchIscsiServer(const Prefix& p);
Fit MatchGitClient(const Prefix& p);
Fit MatchGitServer(const Prefix& p);
Fit MatchSvnClient(const Prefix& p);
Fit MatchSvnServer(const Prefix& p);

// match_database.cc
Fit MatchMysqlClient(const Prefix& p);
Fit MatchMysqlServer(const Prefix& p);
Fit MatchPostgresqlClient(const Prefix& p);
Fit MatchPostgresqlServer(const Prefix& p);
Fit MatchMongoClient(const Prefix& p);
Fit MatchMongoServer(const Prefix& p);
Fit MatchRedisClient(const Prefix& p);
Fit MatchRedisServer(const Prefix& p);
Fit MatchMemcachedClient(const Prefix& p);
Fit MatchMemcachedServer(const Prefix& p);
Fit MatchCassandraClient(const Prefix& p);
Fit MatchCassandraServer(const Prefix& p);
Fit MatchClickhouseClient(const Prefix& p);
Fit MatchClickhouseServer(const Prefix& p);
Fit MatchTdsClient(const Prefix& p);
Fit MatchTdsServer(const Prefix& p);
Fit MatchTnsClient(const Prefix& p);
Fit MatchTnsServer(const Prefix& p);
Fit MatchDrda(const Prefix& p);
Fit MatchElasticsearch(const Prefix& p);
Fit MatchZookeeperClient(const Prefix& p);
Fit MatchZookeeperServer(const Prefix& p);

// match_messaging.cc
Fit MatchKafkaClient(const Prefix& p);
Fit MatchAmqp091Client(const Prefix& p);
Fit MatchAmqp091Server(const Prefix& p);
Fit MatchAmqp10(const Prefix& p);
Fit MatchMqttClient(const Prefix& p);
Fit MatchMqttServer(const Prefix& p);
Fit MatchNatsClient(const Prefix& p);
Fit MatchNatsServer(const Prefix& p);
Fit MatchStompClient(const Prefix& p);
Fit MatchStompServer(const Prefix& p);
Fit MatchGearman(const Prefix& p);
Fit MatchBeanstalkClient(const Prefix& p);
Fit MatchBeanstalkServer(const Prefix& p);
Fit MatchZmtp(const Prefix& p);
Fit MatchOpenWire(const Prefix& p);
Fit MatchThrift(const Prefix& p);
Fit MatchStratum(const Prefix& p);
Fit MatchJsonRpc(const Prefix& p);
Fit MatchJavaRmiClient(const Prefix& p);
Fit MatchJavaRmiServer(const Prefix& p);
Fit MatchJavaSerial(const Prefix& p);
Fit MatchJdwp(const Prefix& p);
Fit MatchFix(const Prefix& p);
Fit MatchHl7(const Prefix& p);

// match_network.cc
Fit MatchLdap(const Prefix& p);
Fit MatchKerberosStream(const Prefix& p);
Fit MatchTacacsClient(const Prefix& p);
Fit MatchTacacsServer(const Prefix& p);
Fit MatchDiameter(const Prefix& p);
Fit MatchDceRpc(const Prefix& p);
Fit MatchDnsStream(const Prefix& p);
Fit MatchBgp(const Prefix& p);
Fit MatchLdp(const Prefix& p);
Fit MatchOpenVpnClient(const Prefix& p);
Fit MatchOpenVpnServer(const Prefix& p);
Fit MatchPptp(const Prefix& p);
Fit MatchZabbix(const Prefix& p);
Fit MatchCheckMk(const Prefix& p);
Fit MatchSyslog(const Prefix& p);
Fit MatchBittorrent(const Prefix& p);
Fit MatchBitcoin(const Prefix& p);
Fit MatchGnutella(const Prefix& p);
Fit MatchMinecraft(const Prefix& p);

// match_industrial.cc
Fit MatchModbusClient(const Prefix& p);
Fit MatchModbusServer(const Prefix& p);
Fit MatchDnp3(const Prefix& p);
Fit MatchS7(const Prefix& p);
Fit MatchMms(const Prefix& p);
Fit MatchIec104(const Prefix& p);
Fit MatchEnip(const Prefix& p);
Fit MatchOpcUa(const Prefix& p);
Fit MatchSynchrophasor(const Prefix& p);
Fit MatchDicom(const Prefix& p);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_MATCHERS_H_
