// Directories, the network's own protocols, and peers.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/protocol/dns_message.h"
#include "inspect/protocol/matchers.h"
#include "inspect/protocol/shared_matchers.h"

namespace firebreak::inspect {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kInteger = 0x02;
constexpr uint8_t kOctets = 0x04;
constexpr uint8_t kEnumerated = 0x0a;
constexpr size_t kMaxLdapMessage = 16 << 20;

// What an LDAP operation starts with: RFC 4511 section 4.
Fit LdapOperation(const Prefix& p, const BerItem& operation) {
  if (operation.tag == 0x42) return operation.length == 0 ? Fit::kYes : Fit::kNo;  // unbind
  const uint8_t first = p.At(operation.value);
  if (!p.Has(operation.value + 3)) return Fit::kNeedMore;
  switch (operation.tag) {
    case 0x60: {  // bind: the version
      const uint8_t version = p.At(operation.value + 2);
      return first == kInteger && (version == 2 || version == 3) ? Fit::kYes : Fit::kNo;
    }
    case 0x61:  // answers: a result
    case 0x65:
    case 0x67:
    case 0x69:
    case 0x6b:
    case 0x6d:
    case 0x6f:
    case 0x78:
      return first == kEnumerated && p.At(operation.value + 1) == 1 ? Fit::kYes : Fit::kNo;
    case 0x63:  // search, an entry, modify, add: the name
    case 0x64:
    case 0x66:
    case 0x68:
      return first == kOctets ? Fit::kYes : Fit::kNo;
    case 0x77:  // extended: the name of what is asked for
      return first == 0x80 && absl::ascii_isdigit(p.At(operation.value + 2)) ? Fit::kYes : Fit::kNo;
    default:
      return Fit::kNo;
  }
}

}  // namespace

Fit MatchLdap(const Prefix& p) {
  const BerItem message = BerAt(p, 0, kSequence, kMaxLdapMessage);
  if (message.fit != Fit::kYes) return message.fit;
  const BerItem id = BerAt(p, message.value, kInteger, 4);
  if (id.fit != Fit::kYes) return id.fit;
  if (id.length == 0 || !p.Has(id.end() + 1)) return id.length == 0 ? Fit::kNo : Fit::kNeedMore;
  const BerItem operation = BerAt(p, id.end());
  if (operation.fit != Fit::kYes) return operation.fit;
  if (operation.end() > message.end()) return Fit::kNo;
  return LdapOperation(p, operation);
}

// RFC 4120: [APPLICATION n], a sequence, and protocol version 5 as its first number. An AP-REQ has
// it in [0], the requests in [1], the answers in [0].
Fit MatchKerberosMessage(const Prefix& p, size_t at, size_t length) {
  const uint8_t tag = p.At(at);
  if (p.Has(at + 1) && (tag < 0x6a || tag > 0x7e || (tag > 0x6f && tag < 0x74))) return Fit::kNo;
  const BerItem message = BerAt(p, at);
  if (message.fit != Fit::kYes) return message.fit;
  if (message.end() - at != length) return Fit::kNo;
  const BerItem sequence = BerAt(p, message.value, kSequence, message.length);
  if (sequence.fit != Fit::kYes) return sequence.fit;
  const size_t version = sequence.value;
  if (!p.Has(version + 5)) return Fit::kNeedMore;
  return (p.At(version) == 0xa0 || p.At(version) == 0xa1) && p.Be24(version + 1) == 0x030201 &&
                 p.At(version + 4) == 5
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchKerberosStream(const Prefix& p) {
  if (p.Has(4) && (p.Be32(0) < 16 || p.Be32(0) > 0x100000)) return Fit::kNo;
  return p.Has(5) ? MatchKerberosMessage(p, 4, p.Be32(0)) : Fit::kNeedMore;
}

namespace {

// RFC 8907 section 4.1.
Fit TacacsHead(const Prefix& p, uint8_t sequence) {
  if (p.Has(1) && p.At(0) != 0xc0 && p.At(0) != 0xc1) return Fit::kNo;
  if (p.Has(4) && (p.At(1) < 1 || p.At(1) > 3 || p.At(2) != sequence || (p.At(3) & ~5) != 0)) {
    return Fit::kNo;
  }
  if (!p.Has(12)) return Fit::kNeedMore;
  return p.Be32(8) >= 5 && p.Be32(8) <= 4096 ? Fit::kFits : Fit::kNo;
}

constexpr size_t kMaxBgpMessage = 4096;

// P_CONTROL_HARD_RESET of version 1 to 3, by whom it is sent.
bool IsOpenVpnReset(uint8_t opcode, bool client) {
  return client ? opcode == 1 << 3 || opcode == 7 << 3 || opcode == 10 << 3
                : opcode == 2 << 3 || opcode == 8 << 3;
}

Fit OpenVpnStream(const Prefix& p, bool client) {
  if (p.Has(2) && (p.Be16(0) < 14 || p.Be16(0) > 1200)) return Fit::kNo;
  if (p.Has(3) && !IsOpenVpnReset(p.At(2), client)) return Fit::kNo;
  if (!p.Has(16)) return Fit::kNeedMore;
  return MatchOpenVpnReset(Prefix(p.From(2), p.Be16(0)));
}

}  // namespace

// The packet after the opcode: a session, and without authentication no acknowledgements and packet
// number 0. With authentication what follows looks random, and both sides have to agree.
Fit MatchOpenVpnReset(const Prefix& p) {
  if (p.total() < 14) return Fit::kNo;
  if (p.AllZero(1, 8)) return Fit::kNo;
  const bool client = p.At(0) == 7 << 3;
  if (p.total() == 14 && client) return p.AllZero(9, 5) ? Fit::kYes : Fit::kNo;
  // The server acknowledges packet 0 of the client.
  if (p.total() == 26 && p.At(0) == 8 << 3)
    return p.At(9) == 1 && p.AllZero(10, 4) ? Fit::kYes : Fit::kNo;
  return p.total() <= 1200 ? Fit::kFits : Fit::kNo;
}

Fit MatchTacacsClient(const Prefix& p) { return TacacsHead(p, 1); }
Fit MatchTacacsServer(const Prefix& p) { return TacacsHead(p, 2); }

// RFC 6733 sections 3 and 4.1.
Fit MatchDiameter(const Prefix& p) {
  if (const Fit begins = p.Begins("\x01"); begins != Fit::kYes) return begins;
  if (p.Has(5) && (p.Be24(1) % 4 != 0 || p.Be24(1) < 28 || (p.At(4) & 0x0f) != 0)) return Fit::kNo;
  if (!p.Has(28)) return Fit::kNeedMore;
  const uint32_t command = p.Be24(5);
  const uint32_t avp = p.Be24(25);
  const bool known =
      (command >= 257 && command <= 332) || (command >= 8388608 && command < 16777216);
  return known && avp >= 8 && avp <= p.Be24(1) - 20 && p.Be32(20) != 0 && p.Be32(20) < 2048 &&
                 (p.At(24) & 0x1f) == 0
             ? Fit::kYes
             : Fit::kNo;
}

// C706 chapter 12: version 5, a kind of PDU, an integer representation, a length of the fragment.
Fit MatchDceRpc(const Prefix& p) {
  if (p.Has(2) && (p.At(0) != 5 || p.At(1) > 1)) return Fit::kNo;
  if (p.Has(8) && (p.At(2) > 19 || (p.At(4) & 0xef) != 0 || p.At(5) > 3 || p.Be16(6) != 0))
    return Fit::kNo;
  if (!p.Has(16)) return Fit::kNeedMore;
  const uint16_t length = p.At(4) == 0x10 ? p.Le16(8) : p.Be16(8);
  return length >= 16 && length <= 16384 ? Fit::kYes : Fit::kNo;
}

// RFC 1035 section 4.2.2: two bytes of length before the message.
Fit MatchDnsStream(const Prefix& p) {
  if (p.Has(2) && p.Be16(0) < 17) return Fit::kNo;
  if (!p.Has(14)) return Fit::kNeedMore;
  return MatchDnsMessage(p.From(2), p.Be16(0), p.full());
}

// RFC 4271 section 4.1.
Fit MatchBgp(const Prefix& p) {
  if (const Fit marker =
          p.Begins("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
      marker != Fit::kYes) {
    return marker;
  }
  if (!p.Has(19)) return Fit::kNeedMore;
  return p.Be16(16) >= 19 && p.Be16(16) <= kMaxBgpMessage && p.At(18) >= 1 && p.At(18) <= 5
             ? Fit::kYes
             : Fit::kNo;
}

// RFC 5036 section 3.1 and 3.5.
Fit MatchLdp(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\0\x01", 2)); begins != Fit::kYes)
    return begins;
  if (!p.Has(18)) return Fit::kNeedMore;
  const uint16_t type = p.Be16(10) & 0x7fff;
  const bool known = type == 0x0001 || type == 0x0100 || type == 0x0200 || type == 0x0201 ||
                     (type >= 0x0300 && type <= 0x0301) || (type >= 0x0400 && type <= 0x0404);
  return known && p.Be16(2) >= 14 && p.Be16(12) >= 4 && p.Be16(12) + 10 <= p.Be16(2) &&
                 p.Be32(4) != 0
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchOpenVpnClient(const Prefix& p) { return OpenVpnStream(p, true); }
Fit MatchOpenVpnServer(const Prefix& p) { return OpenVpnStream(p, false); }

// RFC 2637 section 2.1: length 156, control, the cookie, start of a connection.
Fit MatchPptp(const Prefix& p) {
  if (p.Has(2) && p.Be16(0) != 156) return Fit::kNo;
  if (!p.Has(10)) return Fit::kNeedMore;
  return p.Be16(2) == 1 && p.Be32(4) == 0x1a2b3c4d && (p.Be16(8) == 1 || p.Be16(8) == 2) ? Fit::kYes
                                                                                         : Fit::kNo;
}

Fit MatchZabbix(const Prefix& p) {
  if (const Fit begins = p.Begins("ZBXD"); begins != Fit::kYes) return begins;
  if (!p.Has(9)) return Fit::kNeedMore;
  return p.At(4) >= 1 && p.At(4) <= 7 && p.Le32(5) < 0x40000000 ? Fit::kYes : Fit::kNo;
}

Fit MatchCheckMk(const Prefix& p) { return p.Begins("<<<check_mk>>>"); }

// RFC 5424 section 6, RFC 3164 section 4.1; over TCP a count of octets may come first (RFC 6587).
Fit MatchSyslog(const Prefix& p) {
  size_t at = 0;
  while (at < 5 && absl::ascii_isdigit(p.At(at))) ++at;
  if (at > 0 && p.Has(at + 1) && p.At(at) != ' ') return Fit::kNo;
  if (at > 0) ++at;
  if (!p.Has(at + 1)) return Fit::kNeedMore;
  if (p.At(at) != '<') return Fit::kNo;
  const size_t digits = at + 1;
  size_t end = digits;
  unsigned priority = 0;
  while (end < digits + 3 && absl::ascii_isdigit(p.At(end))) {
    priority = priority * 10 + static_cast<unsigned>(p.At(end) - '0');
    ++end;
  }
  if (!p.Has(end + 6)) return p.Has(end + 1) && p.At(end) != '>' ? Fit::kNo : Fit::kNeedMore;
  if (end == digits || p.At(end) != '>' || priority > 191) return Fit::kNo;
  if (p.At(end + 1) == '1' && p.At(end + 2) == ' ') return Fit::kYes;
  for (const absl::string_view month : {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ",
                                        "Aug ", "Sep ", "Oct ", "Nov ", "Dec "}) {
    if (p.Begins(month, end + 1) == Fit::kYes) return Fit::kYes;
  }
  return absl::ascii_isprint(p.At(end + 1)) && p.At(end + 1) != '<' ? Fit::kFits : Fit::kNo;
}

Fit MatchBittorrent(const Prefix& p) {
  return p.Begins(
      "\x13"
      "BitTorrent protocol");
}

// A magic of one of the networks, a command padded with zeros, a length.
Fit MatchBitcoin(const Prefix& p) {
  if (const Fit begins = p.BeginsAny(
          {"\xf9\xbe\xb4\xd9", "\x0b\x11\x09\x07", "\xfa\xbf\xb5\xda", "\x0a\x03\xcf\x40"});
      begins != Fit::kYes) {
    return begins;
  }
  if (!p.Has(20)) return Fit::kNeedMore;
  size_t at = 4;
  while (at < 16 && absl::ascii_islower(p.At(at))) ++at;
  return at > 6 && p.AllZero(at, 16 - at) && p.Le32(16) <= 4'000'000 ? Fit::kYes : Fit::kNo;
}

Fit MatchGnutella(const Prefix& p) { return p.Begins("GNUTELLA CONNECT/"); }

// The handshake packet: length, 0, a version, the server's name and port, what comes next.
Fit MatchMinecraft(const Prefix& p) {
  const size_t length = p.At(0);
  if (p.Has(1) && (length < 8 || length > 127)) return Fit::kNo;
  if (p.Has(2) && p.At(1) != 0) return Fit::kNo;
  size_t at = 2;
  while (at < 4 && (p.At(at) & 0x80) != 0) ++at;
  const size_t name = p.At(++at);
  if (p.Has(at + 1) && (name == 0 || at + 1 + name + 3 != length + 1)) return Fit::kNo;
  if (!p.Has(length + 1)) return Fit::kNeedMore;
  const uint8_t next = p.At(length);
  return IsPrintable(p.From(at + 1, name)) && next >= 1 && next <= 3 ? Fit::kYes : Fit::kNo;
}

}  // namespace firebreak::inspect
