#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/protocol/match_datagram.h"
#include "inspect/protocol/shared_matchers.h"

namespace firebreak::inspect {
namespace {

Fit YesIf(bool condition) { return condition ? Fit::kYes : Fit::kNo; }
Fit FitsIf(bool condition) { return condition ? Fit::kFits : Fit::kNo; }

bool IsQuicVersion(uint32_t version) {
  const bool draft = version >> 8 == 0xff0000 && (version & 0xff) >= 17 && (version & 0xff) <= 40;
  const bool google = version >= 0x51303433 && version <= 0x51303530;      // Q043 to Q050
  const bool google_tls = version >= 0x54303438 && version <= 0x54303531;  // T048 to T051
  const bool facebook = version >> 8 == 0xfaceb0;
  const bool reserved = (version & 0x0f0f0f0f) == 0x0a0a0a0a;
  return version == 1 || version == 0x6b3343cf || draft || google || google_tls || facebook ||
         reserved;
}

// The long header (RFC 8999 section 5.1).
Fit QuicLong(const Prefix& p) {
  const uint32_t version = p.Be32(1);
  const size_t destination = p.At(5);
  if (version >= 0x51303433 && version < 0x51303439) {
    // Q046 and before: both lengths in one byte.
    return YesIf(p.total() >= 14);
  }
  if (destination > 20 || p.total() < 7 + destination) return Fit::kNo;
  const size_t source = p.At(6 + destination);
  if (source > 20) return Fit::kNo;
  if (version == 0) {
    const size_t list = p.total() - (7 + destination + source);
    return YesIf(p.total() > 7 + destination + source && list % 4 == 0);
  }
  return YesIf(IsQuicVersion(version) && (p.At(0) & 0x40) != 0 &&
               p.total() > 7 + destination + source + 16);
}

}  // namespace

// RFC 9000 section 17.2, and Google's own before it: a public header with a version.
Fit MatchQuic(const Prefix& p) {
  if ((p.At(0) & 0x80) != 0 && (IsQuicVersion(p.Be32(1)) || p.Be32(1) == 0)) return QuicLong(p);
  const bool google = (p.At(0) & 0x01) != 0 && (p.At(0) & 0x08) != 0 && (p.At(0) & 0x80) == 0;
  const Prefix version(p.From(9, 4));
  const bool named = version.At(0) == 'Q' && IsNumber(version.From(1, 3));
  return YesIf(google && named && p.total() >= 20);
}

// RFC 9147 section 4 and RFC 6347 section 4.1: type, version, epoch, sequence, length.
Fit MatchDtls(const Prefix& p) {
  const bool version = p.Be16(1) == 0xfeff || p.Be16(1) == 0xfefd || p.Be16(1) == 0x0100;
  if (p.At(0) < 20 || p.At(0) > 25 || !version || p.total() < 13) return Fit::kNo;
  if (p.Be16(11) + 13U > p.total()) return Fit::kNo;
  if (p.At(0) != 22) return YesIf(p.Be16(1) != 0x0100);
  return YesIf(p.Be16(3) != 0 || (p.At(13) <= 25 && p.Be24(22) <= p.Be24(14)));
}

// RFC 8489 section 5 with its cookie; RFC 3489 without it, where attributes have to fill the
// length.
Fit MatchStun(const Prefix& p) {
  if (p.At(0) >> 6 != 0 || p.total() < 20 || p.Be16(2) % 4 != 0 || p.Be16(2) + 20U != p.total())
    return Fit::kNo;
  if (p.Be32(4) == 0x2112a442) return Fit::kYes;
  const uint16_t type = p.Be16(0);
  if ((type & 0x0110) != type - (type & 0x000f) || (type & 0x0f) == 0 || (type & 0x0f) > 2)
    return Fit::kNo;
  size_t at = 20;
  while (at < p.total() && p.Has(at + 4)) {
    if (p.Be16(at) == 0 || (p.Be16(at) > 0x0020 && p.Be16(at) < 0x8000)) return Fit::kNo;
    at += 4 + (size_t{p.Be16(at + 2)} + 3) / 4 * 4;
  }
  return FitsIf(at == p.total() || p.full());
}

// RFC 3550 section 5.1: version 2, and contributing sources and an extension that fit. One packet
// proves nothing: DatagramFlow looks for the same source with the next numbers.
Fit MatchRtp(const Prefix& p) {
  const size_t sources = p.At(0) & 0x0f;
  const unsigned type = p.At(1) & 0x7f;
  if (p.At(0) >> 6 != 2 || p.total() < 12 + 4 * sources + 1) return Fit::kNo;
  return FitsIf((type <= 34 || type >= 96) && p.Be32(8) != 0 && p.Be32(4) != 0);
}

// RFC 3550 section 6.1: reports first, and lengths that fill the datagram.
Fit MatchRtcp(const Prefix& p) {
  if (p.At(0) >> 6 != 2 || (p.At(1) != 200 && p.At(1) != 201)) return Fit::kNo;
  size_t at = 0;
  while (at < p.total() && p.Has(at + 4)) {
    if (p.At(at) >> 6 != 2 || p.At(at + 1) < 192 || p.At(at + 1) > 213) return FitsIf(at > 0);
    at += 4 * (size_t{p.Be16(at + 2)} + 1);
  }
  return YesIf(at == p.total() && at >= 8);
}

// RFC 7296 section 3.1; on port 4500 behind four zero bytes.
Fit MatchIke(const Prefix& p) {
  const size_t at = p.Be32(0) == 0 && p.total() > 32 ? 4 : 0;
  const uint8_t version = p.At(at + 17);
  const uint8_t exchange = p.At(at + 18);
  const bool v1 =
      version == 0x10 && ((exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33);
  const bool v2 = version == 0x20 && exchange >= 34 && exchange <= 43;
  return YesIf((v1 || v2) && p.Be32(at + 24) == p.total() - at && p.Be32(at) + p.Be32(at + 4) != 0);
}

Fit MatchOpenVpnDatagram(const Prefix& p) {
  const unsigned opcode = p.At(0) >> 3;
  const bool reset = (opcode >= 7 && opcode <= 8) || opcode == 10;
  return reset && (p.At(0) & 7) == 0 ? MatchOpenVpnReset(p) : Fit::kNo;
}

// The four messages of WireGuard have fixed sizes; the fourth is data, in blocks of 16.
Fit MatchWireGuard(const Prefix& p) {
  if (p.At(0) < 1 || p.At(0) > 4 || !p.AllZero(1, 3)) return Fit::kNo;
  switch (p.At(0)) {
    case 1:
      return YesIf(p.total() == 148);
    case 2:
      return YesIf(p.total() == 92);
    case 3:
      return YesIf(p.total() == 64);
    default:
      return FitsIf(p.total() >= 32 && p.total() % 16 == 0);
  }
}

// RFC 2661 section 3.1: a control message has length and numbers.
Fit MatchL2tp(const Prefix& p) {
  const bool control = (p.Be16(0) & 0xcb0f) == 0xc802;
  return YesIf(control && p.Be16(2) == p.total() && p.total() >= 12);
}

// 3GPP TS 29.281 and 29.274.
Fit MatchGtp(const Prefix& p) {
  const unsigned version = p.At(0) >> 5;
  if (version == 1)
    return FitsIf((p.At(0) & 0x18) == 0x10 && p.Be16(2) + 8U == p.total() && p.At(1) != 0);
  if (version == 2)
    return FitsIf((p.At(0) & 7) == 0 && p.Be16(2) + 4U <= p.total() && p.At(1) != 0);
  return FitsIf(version == 0 && (p.At(0) & 0x1e) == 0x1e && p.Be16(2) + 20U == p.total());
}

// RFC 4380: IPv6 within UDP, maybe behind an indication.
Fit MatchTeredo(const Prefix& p) {
  size_t at = 0;
  if (p.Be16(0) == 1) at += 4U + p.At(2) + p.At(3) + 9U;
  if (p.Be16(at) == 0) at += 8;
  if (!p.Has(at + 40) || p.At(at) >> 4 != 6) return Fit::kNo;
  return FitsIf(p.Be16(at + 4) + at + 40 == p.total());
}

// RFC 7348 section 5: one flag, reserved bytes, an Ethernet frame.
Fit MatchVxlan(const Prefix& p) {
  return FitsIf(p.total() >= 8 + 14 && p.Be32(0) == 0x08000000 && p.At(7) == 0);
}

// Rx of AFS: types and a security index that exist, and a serial number.
Fit MatchRx(const Prefix& p) {
  return FitsIf(p.total() >= 28 && p.At(20) >= 1 && p.At(20) <= 13 && (p.At(21) & 0xc0) == 0 &&
                p.At(23) <= 4 && p.Be32(0) != 0);
}

Fit MatchRoughtime(const Prefix& p) {
  if (p.Begins("ROUGHTIM") == Fit::kYes) return Fit::kYes;
  const uint32_t tags = p.Le32(0);
  if (tags < 2 || tags > 16 || p.total() % 4 != 0) return Fit::kNo;
  // Offsets, then tags in order: a request has NONC, an answer SIG or SREP.
  const absl::string_view names = p.From(size_t{4} * tags, size_t{4} * tags);
  return YesIf(absl::StrContains(names, "NONC") || absl::StrContains(names, "SREP"));
}

// Annex J: type 0x81, a function, the length, then the network's version 1.
Fit MatchBacnet(const Prefix& p) {
  if (p.At(0) != 0x81 || p.At(1) > 0x0b || p.Be16(2) != p.total()) return Fit::kNo;
  const size_t network = p.At(1) == 4 ? 10 : 4;
  const bool carries = p.At(1) == 4 || p.At(1) >= 9;
  return YesIf(!carries || (p.At(network) == 1 && p.At(1) <= 0x0b));
}

Fit MatchKnxIp(const Prefix& p) {
  const unsigned service = p.At(2);
  return YesIf(p.Be16(0) == 0x0610 && service >= 2 && service <= 9 && p.Be16(4) == p.total());
}

// PRS_SOMEIPProtocol: a length, protocol version 1, a kind of message and a result that exist; the
// messages of a datagram fill it.
Fit MatchSomeIp(const Prefix& p) {
  size_t at = 0;
  while (at < p.total() && p.Has(at + 16)) {
    const uint8_t type = p.At(at + 14) & 0xdf;
    const bool known = type <= 2 || (type >= 0x40 && type <= 0x42) || type == 0x80 || type == 0x81;
    if (p.Be16(at) == 0 || p.Be32(at + 4) < 8 || p.Be32(at + 4) > p.total()) return Fit::kNo;
    if (p.At(at + 12) != 1 || !known || p.At(at + 15) > 0x0f) return Fit::kNo;
    at += 8U + p.Be32(at + 4);
  }
  if (at == 0 || at > p.total() || (at < p.total() && !p.full())) return Fit::kNo;
  const bool discovery = p.Be32(0) == 0xffff8100;
  return discovery ? Fit::kYes : Fit::kFits;
}

// BEP 5: a bencoded dictionary of a query, an answer or an error.
Fit MatchDht(const Prefix& p) {
  const Fit begins = p.BeginsAny({"d1:ad2:id20:", "d1:rd2:id20:", "d1:eli", "d2:ip", "d1:q"});
  const bool connect =
      p.total() == 16 && p.Be32(0) == 0x417 && p.Be32(4) == 0x27101980 && p.Be32(8) == 0;
  return YesIf(begins == Fit::kYes || connect);
}

// discv4: a hash, a signature, a type from 1 to 6, and a list as long as the rest.
Fit MatchEthereumDiscovery(const Prefix& p) {
  if (!p.Has(100) || p.At(97) < 1 || p.At(97) > 6 || p.At(96) > 1) return Fit::kNo;
  const uint8_t list = p.At(98);
  const size_t rest = p.total() - 98;
  if (list >= 0xc0 && list <= 0xf7) return YesIf(rest == 1U + list - 0xc0);
  if (list == 0xf8) return YesIf(rest == 2U + p.At(99));
  return YesIf(list == 0xf9 && rest == 3U + p.Be16(99));
}

// The messages before a connection carry a magic of 16 bytes.
Fit MatchRakNet(const Prefix& p) {
  constexpr absl::string_view kMagic(
      "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", 16);
  const bool offline = p.At(0) <= 0x1c && absl::StrContains(p.From(1, 33), kMagic);
  return YesIf(offline);
}

Fit MatchSourceEngine(const Prefix& p) {
  if (p.Be32(0) != 0xffffffff) return Fit::kNo;
  if (p.Begins("TSource Engine Query", 4) == Fit::kYes) return Fit::kYes;
  const uint8_t kind = p.At(4);
  return FitsIf((kind == 'A' && p.total() == 9) ||
                ((kind == 'U' || kind == 'V') && p.total() == 9) || kind == 'I' || kind == 'D' ||
                kind == 'E');
}

}  // namespace firebreak::inspect
