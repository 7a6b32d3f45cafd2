#include "inspect/capture/packet.h"

#include <algorithm>
#include <array>

namespace firebreak::inspect {
namespace {

constexpr int kMaxNesting = 8;

constexpr uint16_t kIpv4Type = 0x0800;
constexpr uint16_t kIpv6Type = 0x86dd;

constexpr uint16_t kVxlanPort = 4789;
constexpr uint16_t kLinuxVxlanPort = 8472;
constexpr uint16_t kGtpPort = 2152;

constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kIpInIp = 4;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIpv6InIp = 41;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kGre = 47;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestinationOptions = 60;

uint8_t U8(absl::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
}
uint16_t U16(absl::string_view bytes, size_t at) {
  return static_cast<uint16_t>(U8(bytes, at) << 8 | U8(bytes, at + 1));
}
uint32_t U32(absl::string_view bytes, size_t at) {
  return static_cast<uint32_t>(U16(bytes, at)) << 16 | U16(bytes, at + 2);
}
absl::string_view From(absl::string_view bytes, size_t at) {
  return at < bytes.size() ? bytes.substr(at) : absl::string_view();
}

IpAddress Ipv4At(absl::string_view bytes, size_t at) {
  std::array<uint8_t, 16> address{};
  address[10] = address[11] = 0xff;
  for (size_t i = 0; i < 4; ++i) address[12 + i] = U8(bytes, at + i);
  return IpAddress::FromBytes(address);
}

IpAddress Ipv6At(absl::string_view bytes, size_t at) {
  std::array<uint8_t, 16> address{};
  for (size_t i = 0; i < 16; ++i) address[i] = U8(bytes, at + i);
  return IpAddress::FromBytes(address);
}

bool DecodeIp(absl::string_view packet, int depth, Segment* segment);
bool DecodeEtherType(uint16_t type, absl::string_view bytes, int depth, Segment* segment);
bool DecodePpp(absl::string_view bytes, int depth, Segment* segment);

struct IpEnds {
  IpAddress source;
  IpAddress destination;
};

bool DecodeTcp(absl::string_view bytes, const IpEnds& ends, Segment* segment) {
  const size_t head = static_cast<size_t>(U8(bytes, 12) >> 4) * 4;
  if (head < 20 || bytes.size() < head) return false;
  segment->transport = Transport::kTcp;
  segment->source = SocketAddress(ends.source, U16(bytes, 0));
  segment->destination = SocketAddress(ends.destination, U16(bytes, 2));
  segment->sequence = U32(bytes, 4);
  segment->flags = U8(bytes, 13);
  segment->payload = From(bytes, head);
  return true;
}

// What overlays and mobile networks carry in UDP: VXLAN an Ethernet frame (RFC 7348), GTP-U a
// packet (3GPP TS 29.281). False: it is neither, or what is in it is not for us.
bool DecodeOverlay(uint16_t port, absl::string_view payload, int depth, Segment* segment) {
  if (port == kVxlanPort || port == kLinuxVxlanPort) {
    return payload.size() > 22 && U32(payload, 0) == 0x08000000 &&
           DecodeEtherType(U16(payload, 20), From(payload, 22), depth + 1, segment);
  }
  if (port != kGtpPort || (U8(payload, 0) & 0xf0) != 0x30 || U8(payload, 1) != 255) return false;
  return DecodeIp(From(payload, (U8(payload, 0) & 7) != 0 ? 12 : 8), depth + 1, segment);
}

bool DecodeUdp(absl::string_view bytes, const IpEnds& ends, int depth, Segment* segment) {
  if (bytes.size() < 8) return false;
  if (DecodeOverlay(U16(bytes, 2), From(bytes, 8), depth, segment)) return true;
  segment->transport = Transport::kUdp;
  segment->source = SocketAddress(ends.source, U16(bytes, 0));
  segment->destination = SocketAddress(ends.destination, U16(bytes, 2));
  const size_t length = U16(bytes, 4);
  segment->payload = From(bytes, 8).substr(0, length >= 8 ? length - 8 : 0);
  return true;
}

// RFC 2784 and 2890: fields that flags announce, then a packet of the protocol that is named.
// Version 1 (RFC 2637) carries PPP.
bool DecodeGre(absl::string_view bytes, int depth, Segment* segment) {
  if (bytes.size() < 4) return false;
  const unsigned version = U8(bytes, 1) & 7;
  size_t head = 4;
  for (const uint8_t flag : {0x80, 0x20, 0x10}) {
    if ((U8(bytes, 0) & flag) != 0) head += 4;
  }
  const uint16_t type = U16(bytes, 2);
  if (version == 1 && (U8(bytes, 1) & 0x80) != 0) head += 4;
  if (version == 1) return type == 0x880b && DecodePpp(From(bytes, head), depth + 1, segment);
  return version == 0 && (type == kIpv4Type || type == kIpv6Type) &&
         DecodeIp(From(bytes, head), depth + 1, segment);
}

bool DecodeTransport(uint8_t protocol, absl::string_view bytes, const IpEnds& ends, int depth,
                     Segment* segment) {
  switch (protocol) {
    case kTcp:
      return DecodeTcp(bytes, ends, segment);
    case kUdp:
      return DecodeUdp(bytes, ends, depth, segment);
    case kIpInIp:
    case kIpv6InIp:
      return DecodeIp(bytes, depth + 1, segment);
    case kGre:
      return DecodeGre(bytes, depth, segment);
    default:
      return false;
  }
}

bool DecodeIpv4(absl::string_view packet, int depth, Segment* segment) {
  const size_t head = static_cast<size_t>(U8(packet, 0) & 0x0f) * 4;
  if (head < 20 || packet.size() < head) return false;
  const size_t total = U16(packet, 2);
  // Segmentation by the network card leaves 0.
  if (total != 0 && total < head) return false;
  if (total != 0) packet = packet.substr(0, total);
  if ((U16(packet, 6) & 0x1fff) != 0) return false;  // not the first fragment
  const IpEnds ends{Ipv4At(packet, 12), Ipv4At(packet, 16)};
  return DecodeTransport(U8(packet, 9), From(packet, head), ends, depth, segment);
}

bool DecodeIpv6(absl::string_view packet, int depth, Segment* segment) {
  constexpr size_t kHead = 40;
  if (packet.size() < kHead) return false;
  const size_t length = U16(packet, 4);
  if (length != 0) packet = packet.substr(0, kHead + length);
  const IpEnds ends{Ipv6At(packet, 8), Ipv6At(packet, 24)};
  uint8_t next = U8(packet, 6);
  size_t at = kHead;
  for (int i = 0; i < kMaxNesting && at < packet.size(); ++i) {
    switch (next) {
      case kHopByHop:
      case kRouting:
      case kDestinationOptions:
        next = U8(packet, at);
        at += (size_t{U8(packet, at + 1)} + 1) * 8;
        break;
      case kAuthentication:
        next = U8(packet, at);
        at += (size_t{U8(packet, at + 1)} + 2) * 4;
        break;
      case kFragment:
        if ((U16(packet, at + 2) & 0xfff8) != 0) return false;
        next = U8(packet, at);
        at += 8;
        break;
      default:
        return DecodeTransport(next, From(packet, at), ends, depth, segment);
    }
  }
  return false;
}

bool DecodeIp(absl::string_view packet, int depth, Segment* segment) {
  if (depth > kMaxNesting || packet.empty()) return false;
  switch (U8(packet, 0) >> 4) {
    case 4:
      return DecodeIpv4(packet, depth, segment);
    case 6:
      return DecodeIpv6(packet, depth, segment);
    default:
      return false;
  }
}

// With or without the address and control bytes.
bool DecodePpp(absl::string_view bytes, int depth, Segment* segment) {
  if (U16(bytes, 0) == 0xff03) bytes = From(bytes, 2);
  const bool ip = U16(bytes, 0) == 0x0021 || U16(bytes, 0) == 0x0057;
  return ip && DecodeIp(From(bytes, 2), depth, segment);
}

// What follows an EtherType, through VLAN tags, PPPoE and MPLS labels.
bool DecodeEtherType(uint16_t type, absl::string_view bytes, int depth, Segment* segment) {
  for (int i = 0; i < kMaxNesting; ++i) {
    switch (type) {
      case kIpv4Type:
      case kIpv6Type:
        return DecodeIp(bytes, depth, segment);
      case 0x8100:  // VLAN tags
      case 0x88a8:
      case 0x9100:
        type = U16(bytes, 2);
        bytes = From(bytes, 4);
        break;
      case 0x8864:  // PPPoE
        return DecodePpp(From(bytes, 6), depth, segment);
      case 0x8847: {  // MPLS: the last label says that it is
        const bool last = (U8(bytes, 2) & 1) != 0;
        bytes = From(bytes, 4);
        if (last) return DecodeIp(bytes, depth, segment);
        break;
      }
      default:
        return false;
    }
  }
  return false;
}

}  // namespace

bool DecodeFrame(uint32_t link, absl::string_view frame, Segment* segment) {
  switch (link) {
    case 1:  // Ethernet
      return DecodeEtherType(U16(frame, 12), From(frame, 14), 0, segment);
    case 113:  // Linux cooked
      return DecodeEtherType(U16(frame, 14), From(frame, 16), 0, segment);
    case 276:  // Linux cooked, version 2
      return DecodeEtherType(U16(frame, 0), From(frame, 20), 0, segment);
    case 0:  // loopback: four bytes of an address family, whose value depends on the system
    case 108:
      return DecodeIp(From(frame, 4), 0, segment);
    case 12:  // raw IP has three numbers, and one for each version
    case 14:
    case 101:
    case 228:
    case 229:
      return DecodeIp(frame, 0, segment);
    case 9:  // PPP
    case 50:
      return DecodePpp(frame, 0, segment);
    case 192:  // per-packet information, then a frame of the link it names
      if (U8(frame, 4) == 192) return false;
      return DecodeFrame(U8(frame, 4),
                         From(frame, U8(frame, 2) | static_cast<size_t>(U8(frame, 3)) << 8),
                         segment);
    case 104:  // Cisco HDLC
      return DecodeEtherType(U16(frame, 2), From(frame, 4), 0, segment);
    default:
      return false;
  }
}

}  // namespace firebreak::inspect
