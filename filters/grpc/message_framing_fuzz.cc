// MessageFraming: the verdict on a body does not depend on how it is cut, and a plain reading of
// the whole body agrees.
//
// Input: options, where to cut, then the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "filters/grpc/message_framing.h"

namespace firebreak::filters {
namespace {

// Plain reads a body that is there as a whole.
FramingFault Plain(absl::string_view body, const MessageFraming::Options& options) {
  int64_t empty = 0;
  while (!body.empty()) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(body[i]); };
    if (byte(0) > 1) return FramingFault::kFlag;
    if (byte(0) == 1 && !options.compression_declared) return FramingFault::kCompression;
    if (body.size() < 5) return FramingFault::kTruncated;
    const int64_t length = int64_t{byte(1)} << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
    if (length > options.max_message_bytes) return FramingFault::kMessageSize;
    empty = length == 0 ? empty + 1 : 0;
    if (empty > options.max_empty_messages) return FramingFault::kEmptyMessages;
    if (static_cast<int64_t>(body.size()) - 5 < length) return FramingFault::kTruncated;
    body.remove_prefix(5 + static_cast<size_t>(length));
  }
  return FramingFault::kNone;
}

FramingFault InPieces(absl::string_view body, size_t piece,
                      const MessageFraming::Options& options) {
  MessageFraming framing(options);
  for (size_t at = 0; at < body.size(); at += piece) framing.Feed(body.substr(at, piece));
  return framing.End();
}

}  // namespace
}  // namespace firebreak::filters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::filters::InPieces;
  if (size < 2) return 0;
  const absl::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const firebreak::filters::MessageFraming::Options options{
      .max_message_bytes = data[0] & 0x80 ? 0x7fffffff : 64,
      .max_empty_messages = data[0] & 0x3f,
      .compression_declared = (data[0] & 0x40) != 0};
  const auto expected = firebreak::filters::Plain(body, options);
  for (const size_t piece : {body.size() + 1, size_t{1}, size_t{data[1]} + 1}) {
    if (InPieces(body, piece, options) != expected) std::abort();
  }
  return 0;
}
