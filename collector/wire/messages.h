// What sidecar and collector say to each other, as bytes: see collector.proto.
#ifndef FIREBREAK_COLLECTOR_WIRE_MESSAGES_H_
#define FIREBREAK_COLLECTOR_WIRE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::collector {

inline constexpr absl::string_view kPublishPath = "/firebreak.flow.v1.FlowCollector/Publish";
inline constexpr absl::string_view kQuarantinePath = "/firebreak.flow.v1.FlowCollector/Quarantine";
inline constexpr absl::string_view kContentType = "application/grpc+proto";
inline constexpr absl::string_view kProtocolField = "firebreak-flow-protocol";
inline constexpr int kProtocolVersion = 1;

// Bounds of a batch: as it is sent, and its lines.
inline constexpr size_t kMaxMessageBytes = size_t{1} << 20;
inline constexpr size_t kMaxTextBytes = size_t{4} << 20;

// Bounds of what is said about the quarantine list: by a sidecar, and by a collector.
inline constexpr size_t kMaxHeldBytes = 64;
inline constexpr size_t kMaxSignedTextBytes = size_t{1} << 20;
inline constexpr size_t kMaxListMessageBytes = kMaxSignedTextBytes + kMaxHeldBytes;

// PlainBatch is a batch with its lines unpacked.
struct PlainBatch {
  uint64_t number = 0;
  uint32_t lines = 0;  // line feeds in text, at least one
  std::string text;    // ends with a line feed
};

struct Receipt {
  uint64_t number = 0;
  uint32_t stored = 0;
  uint32_t duplicates = 0;
};

// EncodeBatch packs lines. InvalidArgument: they do not fit within the bounds.
absl::StatusOr<std::string> EncodeBatch(uint64_t number, uint64_t lines, absl::string_view text);
// DecodeBatch holds a batch to its bounds and to its count of lines, and allocates no more than
// they allow. What the lines say is for others.
absl::StatusOr<PlainBatch> DecodeBatch(absl::string_view message);

std::string EncodeReceipt(const Receipt& receipt);
absl::StatusOr<Receipt> DecodeReceipt(absl::string_view message);

// The serial of the quarantine list that a sidecar has in force.
std::string EncodeHeld(uint64_t serial);
absl::StatusOr<uint64_t> DecodeHeld(absl::string_view message);

// The text of a signed list, which nobody has checked; empty: nothing newer. DecodeList holds it to
// its bound.
std::string EncodeList(absl::string_view signed_text);
absl::StatusOr<std::string> DecodeList(absl::string_view message);

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_WIRE_MESSAGES_H_
