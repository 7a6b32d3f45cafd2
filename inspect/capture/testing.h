// Making captures for tests, layer by layer.
#ifndef FIREBREAK_INSPECT_CAPTURE_TESTING_H_
#define FIREBREAK_INSPECT_CAPTURE_TESTING_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// The last bytes of the addresses, and ports.
struct Ends {
  uint8_t source = 0;
  uint8_t destination = 0;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
};

inline std::string Be(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

inline std::string Number(uint64_t value, size_t size, bool big_endian = true) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    out[big_endian ? size - 1 - i : i] = static_cast<char>(value >> (8 * i));
  }
  return out;
}

inline std::string TcpSegment(const Ends& ends, uint32_t sequence, uint8_t flags,
                              absl::string_view payload) {
  return absl::StrCat(Number(ends.source_port, 2), Number(ends.destination_port, 2),
                      Number(sequence, 4), Number(0, 4), Be({0x50, flags, 0, 0, 0, 0, 0, 0}),
                      payload);
}

inline std::string UdpDatagram(const Ends& ends, absl::string_view payload) {
  return absl::StrCat(Number(ends.source_port, 2), Number(ends.destination_port, 2),
                      Number(8 + payload.size(), 2), Number(0, 2), payload);
}

inline std::string Ipv4(uint8_t protocol, const Ends& ends, absl::string_view payload) {
  return absl::StrCat(Be({0x45, 0}), Number(20 + payload.size(), 2), Number(0, 4),
                      Be({64, protocol, 0, 0}),
                      Be({10, 0, 0, ends.source, 10, 0, 0, ends.destination}), payload);
}

// Behind a hop-by-hop header.
inline std::string Ipv6(uint8_t protocol, absl::string_view payload) {
  return absl::StrCat(Be({0x60, 0, 0, 0}), Number(8 + payload.size(), 2), Be({0, 64}),
                      std::string(15, '\0'), Be({1}), std::string(15, '\0'), Be({2}),
                      Be({protocol, 0, 0, 0, 0, 0, 0, 0}), payload);
}

inline std::string Ethernet(uint16_t type, absl::string_view payload) {
  return absl::StrCat(std::string(12, '\x02'), Number(type, 2), payload);
}

inline std::string PcapFile(const std::vector<std::string>& frames, bool big, bool nanos) {
  std::string file =
      absl::StrCat(Number(nanos ? 0xa1b23c4d : 0xa1b2c3d4, 4, big), Number(2, 2, big),
                   Number(4, 2, big), Number(0, 8, big), Number(65535, 4, big), Number(1, 4, big));
  for (const std::string& frame : frames) {
    absl::StrAppend(&file, Number(1, 4, big), Number(nanos ? 5000 : 5, 4, big),
                    Number(frame.size(), 4, big), Number(frame.size(), 4, big), frame);
  }
  return file;
}

inline std::string PcapngBlock(uint32_t type, absl::string_view body) {
  const std::string padded = absl::StrCat(body, std::string((4 - body.size() % 4) % 4, '\0'));
  const std::string length = Number(12 + padded.size(), 4, false);
  return absl::StrCat(Number(type, 4, false), length, padded, length);
}

inline std::string PcapngFile(const std::vector<std::string>& frames) {
  std::string file = PcapngBlock(
      0x0a0d0d0a, absl::StrCat(Number(0x1a2b3c4d, 4, false), Number(1, 4, false), Number(-1, 8)));
  file += PcapngBlock(1, absl::StrCat(Number(1, 4, false), Number(65535, 4, false)));
  for (const std::string& frame : frames) {
    const std::string size = Number(frame.size(), 4, false);
    file += PcapngBlock(
        6, absl::StrCat(Number(0, 4), Number(0, 4), Number(7, 4, false), size, size, frame));
  }
  return file;
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_TESTING_H_
