// Machines: control systems, meters and hospitals.
#include <algorithm>

#include "absl/strings/ascii.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

// MBAP: transaction, protocol 0, length, unit, function.
Fit ModbusHead(const Prefix& p) {
  if (p.Has(4) && p.Be16(2) != 0) return Fit::kNo;
  if (p.Has(6) && (p.Be16(4) < 2 || p.Be16(4) > 254)) return Fit::kNo;
  if (p.Has(8) && ((p.At(7) & 0x7f) == 0 || (p.At(7) & 0x7f) > 110)) return Fit::kNo;
  return p.Has(9) ? Fit::kYes : Fit::kNeedMore;
}

// DNP3's checksum (IEEE 1815 section 9.2): polynomial 0x3d65, reflected, complemented.
uint16_t Dnp3Checksum(absl::string_view bytes) {
  uint16_t crc = 0;
  for (const char c : bytes) {
    crc = static_cast<uint16_t>(crc ^ static_cast<uint8_t>(c));
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<uint16_t>((crc & 1) != 0 ? crc >> 1 ^ 0xa6bc : crc >> 1);
    }
  }
  return static_cast<uint16_t>(~crc);
}

// CRC-CCITT from 0xffff (IEEE C37.118.2 section 6.2).
uint16_t CcittChecksum(absl::string_view bytes) {
  uint16_t crc = 0xffff;
  for (const char c : bytes) {
    crc = static_cast<uint16_t>(crc ^ static_cast<uint8_t>(c) << 8);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
  }
  return crc;
}

// Where the bytes behind the TPKT and the COTP head of the second packet start: the first one opens
// the connection.
struct CotpData {
  Fit fit = Fit::kNo;
  size_t at = 0;
};

CotpData SecondPacket(const Prefix& p) {
  CotpData data;
  if (const Fit begins = p.Begins(absl::string_view("\x03\0", 2)); begins != Fit::kYes) {
    data.fit = begins;
    return data;
  }
  data.fit = Fit::kNeedMore;
  if (!p.Has(6)) return data;
  size_t at = 0;
  if (p.At(5) == 0xe0 || p.At(5) == 0xd0) {
    at = p.Be16(2);
    // An RDP client's connect request carries a cookie or a negotiation, others TSAPs.
    const bool tsap = !p.Has(12) || p.At(11) >= 0xc0;
    if (at < 11 || at > 64 || !tsap) data.fit = Fit::kNo;
  } else if (p.At(5) != 0xf0) {
    data.fit = Fit::kNo;
  }
  if (data.fit == Fit::kNo || !p.Has(at + 8)) return data;
  const bool packet =
      p.At(at) == 3 && p.At(at + 1) == 0 && p.At(at + 4) == 2 && p.At(at + 5) == 0xf0;
  data.fit = packet ? Fit::kYes : Fit::kNo;
  data.at = at + 7;
  return data;
}

}  // namespace

namespace {

// Functions 1 to 6 are an address and a count or a value.
bool IsModbusAccess(uint8_t function, uint16_t value) {
  if (function <= 2) return value >= 1 && value <= 2000;
  if (function <= 4) return value >= 1 && value <= 125;
  return function == 6 || value == 0 || value == 0xff00;
}

}  // namespace

// The functions whose length is known (Modbus application protocol 1.1b3, section 6).
Fit MatchModbusClient(const Prefix& p) {
  if (const Fit head = ModbusHead(p); head != Fit::kYes) return head;
  const uint16_t length = p.Be16(4);
  const uint8_t function = p.At(7);
  if (function >= 1 && function <= 6) {
    if (length != 6) return Fit::kNo;
    if (!p.Has(12)) return Fit::kNeedMore;
    return IsModbusAccess(function, p.Be16(10)) ? Fit::kYes : Fit::kNo;
  }
  if (function == 15 || function == 16) {
    if (!p.Has(13)) return Fit::kNeedMore;
    return length == 7 + p.At(12) ? Fit::kYes : Fit::kNo;
  }
  if (function == 43) return length == 5 && p.At(8) == 14 ? Fit::kYes : Fit::kFits;
  return function < 0x80 ? Fit::kFits : Fit::kNo;
}

Fit MatchModbusServer(const Prefix& p) {
  if (const Fit head = ModbusHead(p); head != Fit::kYes) return head;
  const uint16_t length = p.Be16(4);
  const uint8_t function = p.At(7);
  if (function >= 0x80) return length == 3 && p.At(8) >= 1 && p.At(8) <= 11 ? Fit::kYes : Fit::kNo;
  if (function >= 1 && function <= 4) return length == 3 + p.At(8) ? Fit::kYes : Fit::kNo;
  return Fit::kFits;
}

Fit MatchDnp3(const Prefix& p) {
  if (const Fit begins = p.Begins("\x05\x64"); begins != Fit::kYes) return begins;
  if (!p.Has(10)) return Fit::kNeedMore;
  return p.At(2) >= 5 && p.Le16(8) == Dnp3Checksum(p.From(0, 8)) ? Fit::kYes : Fit::kNo;
}

// S7 (0x32) and S7comm-plus (0x72) over ISO transport.
Fit MatchS7(const Prefix& p) {
  const CotpData data = SecondPacket(p);
  if (data.fit != Fit::kYes) return data.fit;
  return p.At(data.at) == 0x32 || p.At(data.at) == 0x72 ? Fit::kYes : Fit::kNo;
}

// An ISO 8327 session: CONNECT (13), ACCEPT (14), or data behind two tokens (1, 0, 1, 0).
Fit MatchMms(const Prefix& p) {
  const CotpData data = SecondPacket(p);
  if (data.fit != Fit::kYes) return data.fit;
  if (p.At(data.at) == 13 || p.At(data.at) == 14) return Fit::kYes;
  if (!p.Has(data.at + 4)) return p.At(data.at) == 1 ? Fit::kNeedMore : Fit::kNo;
  return p.Be32(data.at) == 0x01000100 ? Fit::kYes : Fit::kNo;
}

// IEC 60870-5-104 section 5: unnumbered control frames are four known bytes; numbered ones carry
// a type, a cause and addresses, and fit.
Fit MatchIec104(const Prefix& p) {
  if (const Fit begins = p.Begins("\x68"); begins != Fit::kYes) return begins;
  if (p.Has(2) && (p.At(1) < 4 || p.At(1) > 253)) return Fit::kNo;
  if (!p.Has(6)) return Fit::kNeedMore;
  const uint8_t control = p.At(2);
  if ((control & 3) == 3) {
    const bool one_bit = control == 0x07 || control == 0x0b || control == 0x13 || control == 0x23 ||
                         control == 0x43 || control == 0x83;
    return p.At(1) == 4 && one_bit && p.AllZero(3, 3) ? Fit::kYes : Fit::kNo;
  }
  if ((control & 1) == 1)
    return p.At(1) == 4 && control == 1 && p.At(3) == 0 ? Fit::kFits : Fit::kNo;
  if (p.At(1) < 12 || (p.At(4) & 1) != 0) return Fit::kNo;
  if (!p.Has(10)) return Fit::kNeedMore;
  return p.At(6) >= 1 && p.At(6) <= 127 && (p.At(8) & 0x3f) >= 1 && (p.At(8) & 0x3f) <= 47
             ? Fit::kFits
             : Fit::kNo;
}

// EtherNet/IP encapsulation: command, length, session, status, context, options 0.
Fit MatchEnip(const Prefix& p) {
  if (p.Has(2) && p.At(1) != 0) return Fit::kNo;
  const uint16_t command = p.Le16(0);
  const bool known = command == 4 || command == 0x63 || command == 0x64 || command == 0x65 ||
                     command == 0x6f || command == 0x70;
  if (p.Has(2) && !known) return Fit::kNo;
  if (!p.Has(24)) return Fit::kNeedMore;
  if (p.Le32(8) > 0x69 || p.Le32(20) != 0 || p.Le16(2) > 1500) return Fit::kNo;
  if (command == 0x65) {
    if (!p.Has(28)) return p.Le16(2) == 4 ? Fit::kNeedMore : Fit::kNo;
    return p.Le16(2) == 4 && p.Le16(24) == 1 && p.Le16(26) == 0 ? Fit::kYes : Fit::kNo;
  }
  const bool session = p.Le32(4) != 0;
  return command == 0x6f || command == 0x70 ? (session && p.Le16(2) >= 16 ? Fit::kYes : Fit::kNo)
                                            : (session ? Fit::kNo : Fit::kFits);
}

// OPC 10000-6 section 7.1: HELLO, ACKNOWLEDGE or ERROR, final, with a size.
Fit MatchOpcUa(const Prefix& p) {
  if (const Fit begins = p.BeginsAny({"HELF", "ACKF", "ERRF"}); begins != Fit::kYes) return begins;
  if (!p.Has(12)) return Fit::kNeedMore;
  const uint32_t size = p.Le32(4);
  if (p.At(0) == 'E') return size >= 16 && size <= 4112 ? Fit::kYes : Fit::kNo;
  return size >= 28 && size <= 4128 && p.Le32(8) <= 1 ? Fit::kYes : Fit::kNo;
}

// IEEE C37.118.2: 0xaa, type and version, size, and at the end a checksum of all of it.
Fit MatchSynchrophasor(const Prefix& p) {
  if (const Fit begins = p.Begins("\xaa"); begins != Fit::kYes) return begins;
  if (p.Has(2) && ((p.At(1) & 0x8f) == 0 || (p.At(1) & 0x8f) > 2 || (p.At(1) >> 4) > 5))
    return Fit::kNo;
  if (!p.Has(4)) return Fit::kNeedMore;
  const size_t size = p.Be16(2);
  if (size < 18) return Fit::kNo;
  if (size > kProtocolWindow) return p.Has(14) ? Fit::kFits : Fit::kNeedMore;
  if (!p.Has(size)) return Fit::kNeedMore;
  return CcittChecksum(p.From(0, size - 2)) == p.Be16(size - 2) ? Fit::kYes : Fit::kNo;
}

// PS3.8 section 9.3.2: A-ASSOCIATE-RQ or -AC, a length, version 1, two titles in blanks.
Fit MatchDicom(const Prefix& p) {
  if (p.Has(2) && ((p.At(0) != 1 && p.At(0) != 2) || p.At(1) != 0)) return Fit::kNo;
  if (!p.Has(42)) return Fit::kNeedMore;
  return p.Be32(2) >= 68 && p.Be32(2) < 65536 && p.Be16(6) == 1 && p.Be16(8) == 0 &&
                 IsPrintable(p.From(10, 32)) && p.At(10) != ' '
             ? Fit::kYes
             : Fit::kNo;
}

}  // namespace firebreak::inspect
