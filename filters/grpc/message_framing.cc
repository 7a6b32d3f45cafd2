#include "filters/grpc/message_framing.h"

#include <algorithm>

namespace firebreak::filters {

FramingFault MessageFraming::Feed(absl::string_view bytes) {
  while (!bytes.empty() && fault_ == FramingFault::kNone) {
    if (prefix_have_ < kPrefixBytes) {
      fault_ = TakePrefixByte(static_cast<uint8_t>(bytes.front()));
      bytes.remove_prefix(1);
      continue;
    }
    const size_t taken = std::min<size_t>(bytes.size(), left_);
    bytes.remove_prefix(taken);
    left_ -= static_cast<uint32_t>(taken);
    if (left_ == 0) prefix_have_ = 0;
  }
  return fault_;
}

FramingFault MessageFraming::End() {
  if (fault_ == FramingFault::kNone && prefix_have_ > 0) fault_ = FramingFault::kTruncated;
  return fault_;
}

FramingFault MessageFraming::TakePrefixByte(uint8_t byte) {
  if (prefix_have_++ == 0) {
    left_ = 0;
    if (byte > 1) return FramingFault::kFlag;
    return byte == 1 && !options_.compression_declared ? FramingFault::kCompression
                                                       : FramingFault::kNone;
  }
  left_ = left_ << 8 | byte;
  if (prefix_have_ < kPrefixBytes) return FramingFault::kNone;
  if (left_ > options_.max_message_bytes) return FramingFault::kMessageSize;
  if (left_ > 0) {
    empty_messages_ = 0;
    return FramingFault::kNone;
  }
  prefix_have_ = 0;
  return ++empty_messages_ > options_.max_empty_messages ? FramingFault::kEmptyMessages
                                                         : FramingFault::kNone;
}

}  // namespace firebreak::filters
