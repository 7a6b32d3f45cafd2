// MessageFraming checks the messages of one direction of a gRPC stream while their bytes pass.
#ifndef FIREBREAK_FILTERS_GRPC_MESSAGE_FRAMING_H_
#define FIREBREAK_FILTERS_GRPC_MESSAGE_FRAMING_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::filters {

enum class FramingFault : uint8_t {
  kNone,
  kFlag,           // the compressed flag is neither 0 nor 1
  kCompression,    // a compressed message, and no header said how
  kMessageSize,    // max_grpc_message_bytes
  kEmptyMessages,  // max_grpc_empty_messages
  kTruncated,      // the body ended within a message
};

// A message is one byte (0, or 1 when compressed), its length in four bytes, the first the highest,
// and that many bytes (gRPC over HTTP2, Length-Prefixed-Message). Nothing is kept but where in this
// the bytes are, so a declared length costs no memory, and how a body is cut into pieces does not
// matter.
class MessageFraming {
 public:
  struct Options {
    int64_t max_message_bytes;
    // Messages without a byte, one after the other; they cost a receiver work and the sender
    // nothing.
    int64_t max_empty_messages;
    bool compression_declared = false;
  };

  explicit MessageFraming(const Options& options) : options_(options) {}

  // Feed looks at the next bytes. The first fault stands.
  FramingFault Feed(absl::string_view bytes);
  // End: there are no more.
  FramingFault End();

 private:
  static constexpr size_t kPrefixBytes = 5;

  FramingFault TakePrefixByte(uint8_t byte);

  Options options_;
  FramingFault fault_ = FramingFault::kNone;
  size_t prefix_have_ = 0;  // bytes of the current message's prefix
  uint32_t left_ = 0;       // of its length while in the prefix, then bytes of it to come
  int64_t empty_messages_ = 0;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_GRPC_MESSAGE_FRAMING_H_
