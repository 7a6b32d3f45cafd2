#include "inspect/protocol/match_datagram.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/protocol/dns_message.h"
#include "inspect/protocol/matchers.h"
#include "inspect/protocol/shared_matchers.h"

namespace firebreak::inspect {
namespace {

Fit YesIf(bool condition) { return condition ? Fit::kYes : Fit::kNo; }
Fit FitsIf(bool condition) { return condition ? Fit::kFits : Fit::kNo; }

// BER within a datagram: what does not fit into the window is a no.
bool IsBer(const BerItem& item) { return item.fit == Fit::kYes; }

}  // namespace

Fit MatchDnsDatagram(const Prefix& p) { return MatchDnsMessage(p.bytes(), p.total(), true); }

// RFC 1002: names of 32 half-ASCII letters in DNS's frame, or the head of a NetBIOS datagram.
Fit MatchNetbiosDatagram(const Prefix& p) {
  if (p.total() < 32) return Fit::kNo;
  if (p.At(12) == 32) {
    const absl::string_view name = p.From(13, 32);
    for (const char c : name) {
      if (c < 'A' || c > 'P') return Fit::kNo;
    }
    return YesIf(name.size() == 32 && p.Be16(4) + p.Be16(6) >= 1 && p.Be16(4) <= 1);
  }
  const bool head = p.At(0) >= 0x10 && p.At(0) <= 0x16 && p.At(1) <= 0x0f;
  return FitsIf(head && p.Be16(10) + 14U == p.total());
}

Fit MatchDhcp(const Prefix& p) {
  const bool head = p.total() >= 240 && (p.At(0) == 1 || p.At(0) == 2) && p.At(2) <= 16;
  return YesIf(head && p.Be32(236) == 0x63825363);
}

// RFC 8415 section 8: options follow one another to the end.
Fit MatchDhcpV6(const Prefix& p) {
  if (p.At(0) < 1 || p.At(0) > 13) return Fit::kNo;
  const bool relay = p.At(0) == 12 || p.At(0) == 13;
  size_t at = relay ? 34 : 4;
  if (p.total() < at + 4) return Fit::kNo;
  while (at < p.total()) {
    if (!p.Has(at + 4)) return FitsIf(p.full());
    if (p.Be16(at) == 0 || p.Be16(at) > 200) return Fit::kNo;
    at += 4U + p.Be16(at + 2);
  }
  return FitsIf(at == p.total());
}

// RFC 5905 section 7.3. Most of it are numbers, so that the port has to agree.
Fit MatchNtp(const Prefix& p) {
  const unsigned version = p.At(0) >> 3 & 7;
  const unsigned mode = p.At(0) & 7;
  if (version < 1 || version > 4 || mode == 0) return Fit::kNo;
  if (mode >= 6) return FitsIf(p.total() >= 8 && p.total() <= 512);
  return FitsIf(p.total() >= 48 && p.total() % 4 == 0 && p.total() <= 512 && p.At(1) <= 16);
}

// RFC 3416 and 3412: a sequence as long as the datagram, a version, a community or a head.
Fit MatchSnmp(const Prefix& p) {
  const BerItem message = BerAt(p, 0, 0x30, 65535);
  if (!IsBer(message) || message.end() != p.total()) return Fit::kNo;
  const BerItem version = BerAt(p, message.value, 2, 1);
  if (!IsBer(version) || version.length != 1) return Fit::kNo;
  const uint8_t number = p.At(version.value);
  if (number == 3) return YesIf(p.At(version.end()) == 0x30);
  const BerItem community = BerAt(p, version.end(), 4, 128);
  if (number > 1 || !IsBer(community)) return Fit::kNo;
  const uint8_t pdu = p.At(community.end());
  return YesIf(pdu >= 0xa0 && pdu <= 0xa8);
}

// RFC 1350 section 5: a request names a file and a mode.
Fit MatchTftp(const Prefix& p) {
  if (p.Be16(0) != 1 && p.Be16(0) != 2) return Fit::kNo;
  const absl::string_view rest = p.From(2);
  const size_t end = rest.find('\0');
  if (end == absl::string_view::npos || end == 0 || !IsPrintable(rest.substr(0, end)))
    return Fit::kNo;
  const absl::string_view mode = rest.substr(end + 1);
  for (const absl::string_view known : {"octet", "netascii", "mail"}) {
    if (absl::StartsWithIgnoreCase(mode, known)) {
      return YesIf(mode.size() > known.size() && mode[known.size()] == '\0');
    }
  }
  return Fit::kNo;
}

Fit MatchSsdp(const Prefix& p) {
  const Fit begins = p.BeginsAny({"M-SEARCH * HTTP/1.1\r\n", "NOTIFY * HTTP/1.1\r\n"});
  if (begins == Fit::kYes) return begins;
  const bool answer = p.Begins("HTTP/1.1 200 OK\r\n") == Fit::kYes;
  return YesIf(answer && absl::StrContains(absl::AsciiStrToLower(p.bytes()), "\nst:"));
}

// RFC 2865 section 3: a length, and attributes that fill it. A few attributes may look so by
// accident.
Fit MatchRadius(const Prefix& p) {
  const uint8_t code = p.At(0);
  const bool known =
      (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
  const size_t length = p.Be16(2);
  if (!known || length < 20 || length != p.total()) return Fit::kNo;
  size_t at = 20;
  int attributes = 0;
  while (at < length && p.Has(at + 2)) {
    if (p.At(at + 1) < 2 || p.At(at) == 0) return Fit::kNo;
    at += p.At(at + 1);
    ++attributes;
  }
  if (at > length || (at < length && !p.full())) return Fit::kNo;
  return attributes >= 4 ? Fit::kYes : Fit::kFits;
}

Fit MatchKerberosDatagram(const Prefix& p) {
  return YesIf(MatchKerberosMessage(p, 0, p.total()) == Fit::kYes);
}

// RFC 5531: a call of version 2, or an accepted reply.
Fit MatchRpcDatagram(const Prefix& p) {
  if (p.total() < 24 || p.total() % 4 != 0 || p.Be32(4) > 1) return Fit::kNo;
  if (p.Be32(4) == 1) {
    const bool accepted = p.Be32(8) == 0 && p.Be32(12) <= 6 && p.Be32(16) <= 400 && p.Be32(20) <= 5;
    return FitsIf(accepted && p.Be32(0) != 0);
  }
  return YesIf(p.total() >= 40 && p.Be32(8) == 2 && p.Be32(12) >= 100000 &&
               p.Be32(12) < 0x60000000 && p.Be32(16) <= 16 && p.Be32(20) <= 64);
}

// RFC 6886 section 3, RFC 6887 section 7.
Fit MatchNatPmp(const Prefix& p) {
  const unsigned operation = p.At(1) & 0x7f;
  if (p.At(0) == 2)
    return FitsIf(p.total() >= 24 && p.total() <= 1100 && p.total() % 4 == 0 && operation <= 3);
  if (p.At(0) != 0 || operation > 2) return Fit::kNo;
  const size_t size = p.total();
  return FitsIf(size == 2 || size == 8 || size == 12 || size == 16);
}

// NetFlow 5 has a size for its count; 9 and IPFIX have sets with lengths.
Fit MatchNetflow(const Prefix& p) {
  const uint16_t version = p.Be16(0);
  if (version == 5) {
    return YesIf(p.Be16(2) >= 1 && p.Be16(2) <= 30 && p.total() == 24 + 48U * p.Be16(2));
  }
  if (version != 9 && version != 10) return Fit::kNo;
  const size_t head = version == 9 ? 20 : 16;
  if (version == 10 && p.Be16(2) != p.total()) return Fit::kNo;
  if (!p.Has(head + 4)) return Fit::kNo;
  size_t at = head;
  while (at < p.total() && p.Has(at + 4)) {
    const uint16_t set = p.Be16(at);
    if (p.Be16(at + 2) < 4 || (set > 3 && set < 256)) return Fit::kNo;
    at += p.Be16(at + 2);
  }
  return YesIf(at <= p.total());
}

// Version 5, the agent's address, samples that begin with a format of the standard's.
Fit MatchSflow(const Prefix& p) {
  if (p.Be32(0) != 5 || (p.Be32(4) != 1 && p.Be32(4) != 2)) return Fit::kNo;
  const size_t at = p.Be32(4) == 1 ? 12 : 24;
  if (!p.Has(at + 24)) return Fit::kNo;
  const uint32_t samples = p.Be32(at + 12);
  return YesIf(samples >= 1 && samples <= 64 && p.Be32(at + 16) >= 1 && p.Be32(at + 16) <= 5 &&
               p.Be32(at + 20) <= p.total());
}

namespace {

// The size of a CoAP option at `at`: its head, a longer delta or length, its value. 0: a reserved
// value.
size_t CoapOptionSize(const Prefix& p, size_t at) {
  const unsigned delta = p.At(at) >> 4;
  size_t length = p.At(at) & 0x0f;
  if (delta == 15 || length == 15) return 0;
  size_t head = 1;
  if (delta >= 13) head += delta - 12;
  if (length == 13) {
    length += p.At(at + head);
    head += 1;
  } else if (length == 14) {
    length = size_t{269} + p.Be16(at + head);
    head += 2;
  }
  return head + length;
}

bool IsCoapCode(uint8_t code, size_t total) {
  if (code == 0) return total == 4;
  return code <= 7 || (code >= 0x41 && code <= 0x5f) || (code >= 0x80 && code <= 0xa5);
}

}  // namespace

// RFC 7252 section 3: version 1, a token, a code that exists, options to the end or to 0xff.
Fit MatchCoap(const Prefix& p) {
  const size_t token = p.At(0) & 0x0f;
  if (p.At(0) >> 6 != 1 || token > 8 || p.total() < 4 + token) return Fit::kNo;
  if (!IsCoapCode(p.At(1), p.total())) return Fit::kNo;
  size_t at = 4 + token;
  while (at < p.total() && p.Has(at + 1)) {
    if (p.At(at) == 0xff) return FitsIf(at + 1 < p.total());
    const size_t size = CoapOptionSize(p, at);
    if (size == 0) return Fit::kNo;
    at += size;
  }
  return FitsIf(at <= p.total());
}

// ASF 2.0: version 6, a sequence number, and the class of ASF or of IPMI.
Fit MatchRmcp(const Prefix& p) {
  return YesIf(p.At(0) == 6 && p.At(1) == 0 && p.total() >= 4 && (p.At(3) & 0x7f) >= 6 &&
               (p.At(3) & 0x7f) <= 8 && (p.At(2) == 0xff || p.total() <= 64));
}

// C706: version 4 of the datagram form.
Fit MatchDceRpcDatagram(const Prefix& p) {
  const bool head =
      p.At(0) == 4 && p.At(1) <= 10 && p.At(3) <= 3 && (p.At(4) & 0xef) == 0 && p.At(5) <= 3;
  const uint16_t length = p.At(4) == 0x10 ? p.Le16(74) : p.Be16(74);
  return YesIf(head && p.Has(80) && p.At(6) == 0 && length + 80U <= p.total());
}

// Two items of the common packet format: an address with a sequence number, and data.
Fit MatchCipIo(const Prefix& p) {
  const bool address = p.Le16(0) == 2 && p.Le16(2) == 0x8002 && p.Le16(4) == 8;
  return YesIf(address && p.Le16(14) == 0x00b1 && p.Le16(16) + 18U == p.total());
}

// RFC 5036 section 3.5.2: a neighbour's hello.
Fit MatchLdpHello(const Prefix& p) {
  return YesIf(p.Be16(0) == 1 && p.Be16(2) + 4U == p.total() && p.Be16(10) == 0x0100 &&
               p.Be16(12) + 14U == p.total());
}

// The frame fills the datagram, so that a long one has at least its size.
Fit MatchSynchrophasorDatagram(const Prefix& p) {
  return p.Be16(2) == p.total() ? MatchSynchrophasor(p) : Fit::kNo;
}

}  // namespace firebreak::inspect
