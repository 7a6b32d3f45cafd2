// How conversations begin, written from the protocols' specifications. For tests only.
#ifndef FIREBREAK_INSPECT_PROTOCOL_SAMPLES_H_
#define FIREBREAK_INSPECT_PROTOCOL_SAMPLES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

#include "inspect/protocol/protocol.h"

namespace firebreak::inspect {

struct Sample {
  Protocol protocol;
  std::string client;
  std::string server;
  uint16_t port = 0;  // where neither side is proof
};

// Hex takes digits and blanks.
inline std::string Hex(absl::string_view digits) {
  return absl::HexStringToBytes(absl::StrReplaceAll(digits, {{" ", ""}}));
}
inline std::string Zeros(size_t n) { return std::string(n, '\0'); }

std::vector<Sample> StreamSamples();
// One datagram each, as `client`.
std::vector<Sample> DatagramSamples();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_SAMPLES_H_
