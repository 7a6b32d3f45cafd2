// Frames as peers send them, for tests.
#ifndef FIREBREAK_INSPECT_WEBSOCKET_TESTING_H_
#define FIREBREAK_INSPECT_WEBSOCKET_TESTING_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Frame: `first` is the first byte: FIN, reserved bits and opcode.
inline std::string Frame(uint8_t first, absl::string_view payload, bool masked = true) {
  std::string frame(1, static_cast<char>(first));
  const auto bit = static_cast<uint8_t>(masked ? 0x80 : 0);
  if (payload.size() < 126) {
    frame += static_cast<char>(bit | payload.size());
  } else {
    frame += static_cast<char>(bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>(uint64_t{payload.size()} >> static_cast<unsigned>(shift));
    }
  }
  const std::string mask = "\x11\xa2\x33\xc4";
  if (!masked) return frame.append(payload.data(), payload.size());
  frame += mask;
  for (size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  }
  return frame;
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_WEBSOCKET_TESTING_H_
