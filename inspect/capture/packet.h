// From a captured frame to the TCP segment or UDP datagram in it.
#ifndef FIREBREAK_INSPECT_CAPTURE_PACKET_H_
#define FIREBREAK_INSPECT_CAPTURE_PACKET_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/ip.h"

namespace firebreak::inspect {

enum class Transport : uint8_t { kTcp, kUdp };

// Flags of TCP (RFC 9293 section 3.1).
inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpAck = 0x10;

struct Segment {
  Transport transport = Transport::kTcp;
  SocketAddress source;
  SocketAddress destination;
  uint32_t sequence = 0;  // TCP only, as flags
  uint8_t flags = 0;
  absl::string_view payload;
};

// DecodeFrame finds TCP or UDP in a frame of Ethernet, Linux cooked, raw IP, loopback, PPP or Cisco
// HDLC; within VLANs, PPPoE, MPLS, GRE, IP in IP, VXLAN and GTP, up to a depth. False: there is
// none, it is a later fragment, or the frame is damaged.
bool DecodeFrame(uint32_t link, absl::string_view frame, Segment* segment);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_PACKET_H_
