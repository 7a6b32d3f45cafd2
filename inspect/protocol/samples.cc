#include "inspect/protocol/samples.h"

#include <utility>

namespace firebreak::inspect {
namespace {

using P = Protocol;
using absl::StrCat;

// A ClientHello with a session of 32 bytes, and a ServerHello.
std::string ClientHello() {
  return StrCat(Hex("16 0301 00c8 01 0000c4 0303"), std::string(32, 'r'), Hex("20"),
                std::string(32, 's'), Hex("0006 1301 1302 1303 0100"), Zeros(100));
}
std::string ServerHello() {
  return StrCat(Hex("16 0303 0056 02 000052 0303"), std::string(32, 'R'), Hex("00"));
}

void AddWeb(std::vector<Sample>* all) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string settings = Hex("000006 04 00 00000000 0003 00000064");
  all->insert(
      all->end(),
      {{P::kHttp1, "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"},
       {P::kHttp1, "POST http://x/ HTTP/1.0\r\n\r\n", ""},
       {P::kHttp1, StrCat("GET /", std::string(400, 'a')), ""},
       {P::kHttp1, "", "HTTP/1.0 404 Not Found\r\n"},
       {P::kWebSocket, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"},
       {P::kHttpConnect, "CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n",
        "HTTP/1.1 200 Connection established\r\n\r\n"},
       {P::kDockerApi, "GET /v1.43/containers/json?all=1 HTTP/1.1\r\nHost: d\r\n\r\n", ""},
       {P::kHttp2, StrCat(preface, settings), settings},
       {P::kGrpc,
        StrCat(preface, settings, Hex("00000d 01 04 00000001 5f 8b 1d75d0620d263d4c4d6564")),
        settings},
       {P::kGrpc, StrCat(preface, Hex("000012 01 04 00000001 5f 10"), "application/grpc"), ""},
       {P::kTls, ClientHello(), ServerHello()},
       {P::kTls, ClientHello(), Hex("15 0303 0002 02 28")},
       {P::kTls, StrCat(Hex("17 0303 0020"), std::string(32, 'x')),
        StrCat(Hex("17 0303 0020"), std::string(32, 'x'))},
       {P::kSocks4, StrCat(Hex("04 01 0050 0a000001"), "bob", Zeros(1)),
        Hex("00 5a 0000 00000000")},
       {P::kSocks5, Hex("05 01 00 05 01 00 01 0a000001 0050"), Hex("05 00 05 00 00 01")},
       {P::kAjp, Hex("1234 0005 02 02 0008 48"), Hex("4142 0003 04 00c8")},
       {P::kFastCgi, Hex("01 01 0001 0008 00 00 0001 01 0000000000"), ""}});
}

void AddShellAndFiles(std::vector<Sample>* all) {
  const std::string smb = Zeros(60);
  all->insert(
      all->end(),
      {{P::kSsh, "SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-dropbear\r\n"},
       {P::kSsh, "", "SSH-1.99-x\r\n"},
       {P::kTelnet, "", Hex("fffd18 fffd20 fffd23")},
       {P::kRdp,
        StrCat(Hex("0300 002a 25 e0 0000 0000 00"), "Cookie: mstshash=bob\r\n",
               Hex("01 00 0800 03000000")),
        Hex("0300 0013 0e d0 0000 1234 00 02 1f 0800 02000000")},
       {P::kRdp, Hex("0300 0013 0e e0 0000 0000 00 01 00 0800 0b000000"), ""},
       {P::kVnc, "RFB 003.008\n", "RFB 003.008\n"},
       {P::kX11, StrCat(Hex("6c 00 0b00 0000 1200 1000 0000"), "MIT-MAGIC-COOKIE-1"), ""},
       {P::kFtp, "USER anonymous\r\n", "220 welcome\r\n"},
       {P::kFtp, "", "220 (vsFTPd 3.0.3)\r\n"},
       {P::kSmb1, StrCat(Hex("00 000054 ff534d42 72"), smb),
        StrCat(Hex("00 000054 ff534d42 72"), smb)},
       {P::kSmb2, StrCat(Hex("00 000054 fe534d42 4000"), smb), ""},
       {P::kNetbios,
        StrCat(Hex("81 000044 20"), std::string(32, 'C'), Hex("00 20"), std::string(32, 'D')),
        Hex("82 000000")},
       {P::kSunRpc,
        Hex("80000028 12345678 00000000 00000002 000186a3 00000003 00000000 00000000 00000000"),
        Hex("80000018 12345678 00000001 00000000 00000000 00000000 00000000")},
       {P::kAfp, Hex("00 03 0001 00000000 00000000 00000000"),
        Hex("01 03 0001 00000000 00000020 00000000")},
       {P::kRsync, "@RSYNCD: 31.0\n", "@RSYNCD: 31.0\n"},
       {P::kIscsi, StrCat(Hex("43 87 0000 00 000040"), Zeros(40), "InitiatorName=iqn.2024-01.x:y"),
        ""},
       {P::kGit, StrCat("0033git-upload-pack /a.git", Zeros(1), "host=x", Zeros(1)),
        StrCat("0104", std::string(40, 'a'), " HEAD")},
       {P::kGit, "", "000eversion 2\n"},
       {P::kSvn, "( 2 ( edit-pipeline svndiff1 ) 10:svn://h/re ) ",
        "( success ( 2 2 ( ANONYMOUS ) ( ) ) ) "}});
}

void AddMailAndTalk(std::vector<Sample>* all) {
  all->insert(all->end(),
              {{P::kSmtp, "EHLO a.example\r\n", "220 mx ESMTP\r\n"},
               {P::kSmtp, "", "220-mx.example ESMTP Exim\r\n"},
               {P::kPop3, "USER bob\r\n", "+OK ready\r\n"},
               {P::kPop3, "", "+OK POP3 server\r\n"},
               {P::kImap, "a1 LOGIN bob x\r\n", "* OK [CAPABILITY IMAP4rev1] hello\r\n"},
               {P::kNntp, "MODE READER\r\n", "200 news.example NNTP service\r\n"},
               {P::kIrc, "NICK a\r\nUSER a 0 * :A\r\n", ":irc.example 001 a :Welcome\r\n"},
               {P::kIrc, "CAP LS 302\r\n", ":irc.example NOTICE * :*** Looking up\r\n"},
               {P::kXmpp, "<?xml version='1.0'?><stream:stream to='x' xmlns='jabber:client'>",
                "<?xml version='1.0'?><stream:stream from='x'>"},
               {P::kSip, "REGISTER sip:example.com SIP/2.0\r\nVia: x\r\n", "SIP/2.0 200 OK\r\n"},
               {P::kRtsp, "DESCRIBE rtsp://h/s RTSP/1.0\r\nCSeq: 1\r\n", "RTSP/1.0 200 OK\r\n"},
               {P::kRtmp, StrCat(Hex("03 00001234 00000000"), std::string(300, 'q')),
                StrCat(Hex("03 00001235 00000000"), std::string(300, 'q'))},
               {P::kSkinny, StrCat(Hex("0c000000 00000000 01000000"), Zeros(8)),
                StrCat(Hex("0c000000 00000000 81000000"), Zeros(8))},
               {P::kH323, Hex("0300 0020 08 02 0001 05 04 03"), ""},
               {P::kSmpp, StrCat(Hex("00000023 00000009 00000000 00000001"), "esme", Zeros(1)),
                Hex("00000014 80000009 00000000 00000001")}});
}

void AddDatabases(std::vector<Sample>* all) {
  const std::string greeting =
      StrCat(Hex("4a000000 0a"), "8.0.36", Hex("00 0b000000"), "12345678", Hex("00 fff7"));
  const std::string login =
      StrCat(Hex("54000001 8da67f19 00000001 2d"), Zeros(23), "root", Zeros(1));
  const std::string prelogin =
      Hex("12 01 0022 0000 01 00 00 0010 0006 01 0016 0001 02 0017 0001 ff 0b000000 0000 00 00");
  const std::string query = StrCat(Hex("3a000000 01000000 00000000 d4070000 00000000"),
                                   "admin.$cmd", Zeros(1), Zeros(8), Hex("13000000"));
  all->insert(
      all->end(),
      {{P::kMysql, login, greeting},
       {P::kMysql, "", StrCat(Hex("45000000 ff 6a04"), "Host 'x' is not allowed")},
       {P::kPostgresql, StrCat(Hex("00000014 00030000"), "user", Zeros(1), "bob", Zeros(2)),
        Hex("52 0000000c 00000005 01020304")},
       {P::kPostgresql, Hex("00000008 04d2162f"), StrCat("S", Hex("16 0303"))},
       {P::kMongodb, query, StrCat(Hex("40000000 02000000 01000000 01000000 08000000"), Zeros(20))},
       {P::kMongodb, StrCat(Hex("30000000 02000000 00000000 dd070000 00000000 00"), Zeros(20)), ""},
       {P::kRedis, "*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", "+OK\r\n"},
       {P::kRedis, "PING\r\n", "+PONG\r\n"},
       {P::kMemcached, "set k 0 60 5\r\nhello\r\n", "STORED\r\n"},
       {P::kMemcached, "get k\r\n", "VALUE k 0 5\r\nhello\r\nEND\r\n"},
       {P::kMemcached, StrCat(Hex("80 00 0001 00 00 0000 00000001"), Zeros(12), "k"),
        StrCat(Hex("81 00 0000 04 00 0000 00000009"), Zeros(12))},
       {P::kCassandra,
        StrCat(Hex("04 00 0000 01 00000016 0001 000b"), "CQL_VERSION", Hex("0005"), "3.0.0"),
        Hex("84 00 0000 02 00000000")},
       {P::kCassandra, Hex("04 00 0000 05 00000000"), Hex("84 00 0000 06 00000010 0002 000b")},
       {P::kClickhouse, StrCat(Hex("00 11"), "ClickHouse client", Hex("15 08 d5a403 00")),
        StrCat(Hex("00 0a"), "ClickHouse", Hex("15 08"))},
       {P::kTds, prelogin, StrCat(Hex("04"), prelogin.substr(1))},
       {P::kOracleTns,
        StrCat(
            Hex("0046 0000 01 00 0000 013b 012c 0000 2000 7fff 4f98 0000 0001 000c 003a 0000 0000"),
            Zeros(26), "(DESCRIPTION"),
        Hex("0008 0000 0b 00 0000")},
       {P::kDrda, Hex("0026 d0 41 0001 0020 1041 000a 115e"), Hex("0026 d0 43 0001 0020 1443")},
       {P::kElasticsearch, StrCat("ES", Hex("00000020 0000000000000001 08 006b0000")), ""},
       {P::kZookeeper,
        StrCat(Hex("0000002d 00000000 0000000000000000 00007530 0000000000000000 00000010"),
               Zeros(17)),
        StrCat(Hex("00000025 00000000 00007530 0100000000000001 00000010"), Zeros(17))}});
}

void AddMessages(std::vector<Sample>* all) {
  all->insert(
      all->end(),
      {{P::kKafka, StrCat(Hex("00000018 0012 0003 00000001 0008"), "producer"), ""},
       {P::kAmqp091, StrCat("AMQP", Hex("00 00 09 01")), Hex("01 0000 000001f4 000a000a 00 09 00")},
       {P::kAmqp10, StrCat("AMQP", Hex("00 01 00 00")), StrCat("AMQP", Hex("00 01 00 00"))},
       {P::kAmqp10, StrCat("AMQP", Hex("03 01 00 00")), ""},
       {P::kMqtt, StrCat(Hex("10 10 0004"), "MQTT", Hex("04 02 003c 0004"), "abcd"),
        Hex("20 02 00 00")},
       {P::kNats, "CONNECT {\"verbose\":false}\r\n", "INFO {\"server_id\":\"x\"}\r\n"},
       {P::kStomp, StrCat("CONNECT\naccept-version:1.2\n\n", Zeros(1)),
        "CONNECTED\nversion:1.2\n\n"},
       {P::kGearman, StrCat(Zeros(1), "REQ", Hex("00000007 00000003")), ""},
       {P::kBeanstalk, "put 0 0 60 5\r\nhello\r\n", "INSERTED 1\r\n"},
       {P::kBeanstalk, "use mail\r\n", "USING mail\r\n"},
       {P::kZmtp, StrCat(Hex("ff 0000000000000001 7f 03 00"), "NULL"), ""},
       {P::kOpenWire, StrCat(Hex("000000f0 01"), "ActiveMQ"), ""},
       {P::kThrift, StrCat(Hex("0000001a 80010001 00000004"), "ping", Hex("00000001")), ""},
       {P::kThrift, StrCat(Hex("80010001 00000004"), "ping", Hex("00000001")), ""},
       {P::kStratum, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1}\n"},
       {P::kStratum,
        "{\"method\":\"login\",\"params\":{\"login\":\"4x\",\"pass\":\"x\",\"agent\":\"m/6\"}}\n",
        ""},
       {P::kJsonRpc, "{\"jsonrpc\": \"2.0\", \"method\": \"eth_blockNumber\"}\n", ""},
       {P::kJavaRmi, StrCat("JRMI", Hex("0002 4b")),
        StrCat(Hex("4e 0009"), "127.0.0.1", Hex("0000 c350"))},
       {P::kJavaSerial, Hex("aced 0005 73 72"), ""},
       {P::kJdwp, "JDWP-Handshake", "JDWP-Handshake"},
       {P::kDceRpc, Hex("05 00 0b 03 10000000 4800 0000 01000000 b810"), ""},
       {P::kFix, "8=FIX.4.4\0019=65\00135=A\00149=X\001", ""},
       {P::kHl7, "\x0bMSH|^~\\&|A|B\r", ""},
       {P::kDicom,
        StrCat(Hex("01 00 000000cd 0001 0000"), "SERVER          CLIENT          ", Zeros(32)),
        ""}});
}

void AddNetworkAndMachines(std::vector<Sample>* all) {
  const std::string query = Hex("1234 0100 0001 0000 0000 0000 01 61 02 6265 00 0001 0001");
  all->insert(
      all->end(),
      {{P::kLdap, Hex("30 0c 02 01 01 60 07 02 01 03 04 00 80 00"),
        Hex("30 0c 02 01 01 61 07 0a 01 00 04 00 04 00")},
       {P::kKerberos, StrCat(Hex("00000036 6a 34 30 32 a1 03 02 01 05 a2 03 02 01 0a"), Zeros(40)),
        ""},
       {P::kTacacs, Hex("c1 01 01 00 12345678 00000020 00"),
        Hex("c1 01 02 00 12345678 00000010 00")},
       {P::kDiameter, Hex("01 000050 80 000101 00000000 12345678 12345678 00000108 40 000010"), ""},
       {P::kDns, StrCat(Hex("0016"), query), ""},
       {P::kBgp, StrCat(std::string(16, '\xff'), Hex("001d 01 04")), ""},
       {P::kLdp, Hex("0001 0020 0a000001 0000 0200 0016 00000001"), ""},
       {P::kOpenVpn, Hex("000e 38 0102030405060708 00 00000000 00"), ""},
       {P::kOpenVpn, StrCat(Hex("002a 38 0102030405060708"), std::string(33, 'h')),
        StrCat(Hex("0036 40 1112131415161718"), std::string(45, 'h'))},
       {P::kPptp, Hex("009c 0001 1a2b3c4d 0001 0000"), ""},
       {P::kZabbix, StrCat("ZBXD", Hex("01 0d00000000000000"), "agent.ping"), ""},
       {P::kCheckMk, "", "<<<check_mk>>>\nVersion: 2\n"},
       {P::kSyslog, "<34>1 2026-01-01T00:00:00Z host app - - - x\n", ""},
       {P::kSyslog, "83 <13>Feb  5 17:32:18 host app: x\n", ""},
       {P::kBittorrent,
        "\x13"
        "BitTorrent protocol",
        ""},
       {P::kBitcoin, StrCat(Hex("f9beb4d9"), "version", Zeros(5), Hex("66000000 01020304")), ""},
       {P::kGnutella, "GNUTELLA CONNECT/0.6\r\n", ""},
       {P::kMinecraft, StrCat(Hex("10 00 fd05 09"), "localhost", Hex("63dd 01")), ""},
       {P::kModbus, Hex("0001 0000 0006 01 03 0000 000a"), Hex("0001 0000 0005 01 03 02 0001")},
       {P::kDnp3, Hex("05 64 05 c0 0100 0004 e921"), ""},
       {P::kS7,
        Hex("0300 0016 11 e0 0000 0001 00 c1 02 0100 c2 02 0102 c0 01 0a 0300 0019 02 f0 80 32 01"),
        ""},
       {P::kMms,
        Hex("0300 0016 11 e0 0000 0001 00 c1 02 0100 c2 02 0102 c0 01 0a 0300 0019 02 f0 80 0d 10"),
        ""},
       {P::kIec104, Hex("68 04 07 00 00 00"), Hex("68 04 0b 00 00 00")},
       {P::kEnip, StrCat(Hex("6500 0400"), Zeros(20), Hex("0100 0000")), ""},
       {P::kOpcUa, StrCat("HELF", Hex("38000000 00000000")), ""}});
}

std::vector<Sample> NetworkDatagrams() {
  const std::string question = Hex("1234 0100 0001 0000 0000 0000 01 61 02 6265 00 0001 0001");
  return {
      {P::kDns, question, "", 53},
      {P::kMdns, Hex("0000 0000 0001 0000 0000 0000 01 61 05 6c6f63616c 00 000c 8001"), "", 5353},
      {P::kLlmnr, question, "", 5355},
      {P::kNetbiosName,
       StrCat(Hex("1234 0110 0001 0000 0000 0000 20"), std::string(32, 'C'), Hex("00 0020 0001")),
       "", 137},
      {P::kDhcp, StrCat(Hex("01 01 06 00"), Zeros(232), Hex("63825363 350101 ff")), "", 67},
      {P::kDhcpV6, Hex("01 123456 0008 0002 0000"), "", 547},
      {P::kNtp, StrCat(Hex("23"), Zeros(47)), "", 123},
      {P::kSnmp,
       Hex("30 26 02 01 01 04 06 7075626c6963 a0 19 02 04 01020304 02 01 00 02 01 00 30 0b 30 09 "
           "06 05 2b06010201 05 00"),
       "", 161},
      {P::kTftp, StrCat(Hex("0001"), "a.bin", Zeros(1), "octet", Zeros(1)), "", 69},
      {P::kSsdp, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n", "", 1900},
      {P::kRadius,
       StrCat(Hex("01 07 0028"), std::string(16, 'a'),
              Hex("01 05 626f62 04 06 0a000001 05 06 00000001 06 03 01")),
       "", 1812},
      {P::kKerberos, StrCat(Hex("6a 34 30 32 a1 03 02 01 05 a2 03 02 01 0a"), Zeros(40)), "", 88},
      {P::kLdap,
       Hex("30 25 02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b "
           "6f626a656374636c617373 30 00"),
       "", 389},
      {P::kSunRpc,
       Hex("12345678 00000000 00000002 000186a0 00000002 00000003 00000000 00000000 00000000 "
           "00000000"),
       "", 111},
      {P::kNatPmp, Hex("00 00"), "", 5351},
      {P::kNetflow, StrCat(Hex("0005 0001"), Zeros(68)), "", 2055},
      {P::kSflow,
       StrCat(
           Hex("00000005 00000001 0a000001 00000000 00000001 00000001 00000001 00000001 00000008"),
           Zeros(8)),
       "", 6343},
      {P::kCoap, Hex("40 01 1234 b4 74657374"), "", 5683},
      {P::kRmcp, Hex("06 00 ff 07 00 00 00000000 00000000"), "", 623},
  };
}

std::vector<Sample> MediaDatagrams() {
  const std::string quic =
      StrCat(Hex("c3 00000001 08 0102030405060708 00 00 4482"), std::string(1180, 'q'));
  return {
      {P::kQuic, quic, "", 443},
      {P::kDtls,
       StrCat(Hex("16 feff 0000 000000000000 0020 01 000014 0000 000000 000014"), Zeros(20)), "",
       4433},
      {P::kStun, Hex("0001 0000 2112a442 0102030405060708090a0b0c"), "", 3478},
      {P::kRtcp, Hex("80 c9 0001 12345678 81 ca 0002 12345678 00000000"), "", 5005},
      {P::kIke,
       StrCat(Hex("0102030405060708 0000000000000000 21 20 22 08 00000000 00000020"), Zeros(4)), "",
       500},
      {P::kOpenVpn, Hex("38 0102030405060708 00 00000000"), "", 1194},
      {P::kWireGuard, StrCat(Hex("01 000000"), std::string(144, 'w')), "", 51820},
      {P::kL2tp, Hex("c802 0014 0000 0000 0000 0000 8008 0000 0000 0001"), "", 1701},
      {P::kGtp, Hex("32 01 0004 00000000 0001 0000"), "", 2123},
      {P::kRoughtime, StrCat(Hex("02000000 40000000 4e4f4e43 504144ff"), Zeros(1008)), "", 2002},
      {P::kBacnet, Hex("81 0b 000c 01 20 ffff 00 ff 10 08"), "", 47808},
      {P::kKnxIp, Hex("06 10 02 01 00 0e 08 01 0a000001 0e57"), "", 3671},
      {P::kSomeIp, StrCat(Hex("ffff8100 00000014 00000001 01 01 02 00"), Zeros(12)), "", 30490},
      {P::kBittorrent, "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe", "", 6881},
      {P::kEthereum, StrCat(std::string(96, 'h'), Hex("01 01 c4 01020304")), "", 30303},
      {P::kRakNet, Hex("05 00ffff00fefefefefdfdfdfd12345678 0a 00"), "", 19132},
      {P::kSourceEngine, StrCat(Hex("ffffffff"), "TSource Engine Query", Zeros(1)), "", 27015},
      {P::kSip, "OPTIONS sip:a@b SIP/2.0\r\n\r\n", "", 5060},
      {P::kMgcp, "AUEP 1200 aaln/1@gw MGCP 1.0\r\n", "", 2427},
      {P::kMegaco, "MEGACO/1 [10.0.0.1]:2944\n", "", 2944},
      {P::kSyslog, "<13>Feb  5 17:32:18 host app: x", "", 514},
      {P::kLdp,
       Hex("0001 001e 0a000001 0000 0100 0014 00000001 0400 0004 000f 0000 0401 0004 0a000001"), "",
       646},
      {P::kEnip, Hex("0200 0280 0800 01000000 02000000 b100 0200 0102"), "", 2222},
  };
}

}  // namespace

std::vector<Sample> StreamSamples() {
  std::vector<Sample> all;
  AddWeb(&all);
  AddShellAndFiles(&all);
  AddMailAndTalk(&all);
  AddDatabases(&all);
  AddMessages(&all);
  AddNetworkAndMachines(&all);
  return all;
}

std::vector<Sample> DatagramSamples() {
  std::vector<Sample> all = NetworkDatagrams();
  for (Sample& sample : MediaDatagrams()) all.push_back(std::move(sample));
  return all;
}

}  // namespace firebreak::inspect
