#include "inspect/websocket/frame_reader.h"

#include <algorithm>
#include <utility>

namespace firebreak::inspect {
namespace {

constexpr uint8_t kContinuation = 0;
constexpr uint8_t kText = 1;
constexpr uint8_t kBinary = 2;
constexpr uint8_t kClose = 8;
constexpr uint8_t kLastControl = 10;  // pong
constexpr uint8_t kLength16 = 126;
constexpr uint8_t kLength64 = 127;
constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kPacked = 0x40;
constexpr size_t kCloseCode = 2;  // bytes
constexpr size_t kMaskSize = 4;
constexpr size_t kPiece = 1'024;

}  // namespace

size_t FrameReader::HeaderSize() const {
  if (header_size_ < 2) return 2;
  const uint8_t length = header_[1] & 0x7f;
  const size_t extended = length == kLength64 ? 8 : length == kLength16 ? 2 : 0;
  return 2 + extended + (masked() ? kMaskSize : 0);
}

FrameFault FrameReader::CheckFrame() const {
  const uint8_t reserved = header_[0] & kReserved;
  if (reserved == kPacked && !control()) return FrameFault::kCompressed;
  if (reserved != 0 || masked() != (from_ == From::kClient)) return FrameFault::kBroken;
  if (control()) {
    const bool short_and_whole = final() && (header_[1] & 0x7f) < kLength16;
    return short_and_whole && opcode() <= kLastControl ? FrameFault::kNone : FrameFault::kBroken;
  }
  const bool goes_on = opcode() == kContinuation;
  return opcode() <= kBinary && goes_on == in_message_ ? FrameFault::kNone : FrameFault::kBroken;
}

FrameFault FrameReader::BeginFrame(MessageSink& sink) {
  const FrameFault fault = CheckFrame();
  if (fault != FrameFault::kNone) return fault;
  const uint8_t length = header_[1] & 0x7f;
  left_ = length;
  if (length >= kLength16) {
    left_ = 0;
    for (size_t i = 2; i < (length == kLength16 ? 4U : 10U); ++i) left_ = left_ << 8 | header_[i];
    // RFC 6455 section 5.2: the most significant bit is 0.
    if (left_ >> 63 != 0) return FrameFault::kBroken;
  }
  mask_at_ = 0;
  in_payload_ = true;
  if (!control() && opcode() != kContinuation) sink.OnMessage(opcode() == kText);
  if (left_ == 0) EndFrame(sink);
  return FrameFault::kNone;
}

void FrameReader::EndFrame(MessageSink& sink) {
  in_payload_ = false;
  header_size_ = 0;
  if (control()) {
    const size_t code = opcode() == kClose ? kCloseCode : 0;
    const size_t size = std::exchange(said_size_, 0);
    if (size > code) sink.OnControl({said_.data() + code, size - code});
    return;
  }
  in_message_ = !final();
  if (final()) sink.OnMessageEnd();
}

void FrameReader::PassPlain(absl::string_view bytes, MessageSink& sink) {
  if (!control()) return sink.OnPayload(bytes);
  // CheckFrame has let no longer one begin.
  bytes = bytes.substr(0, said_.size() - said_size_);
  std::copy(bytes.begin(), bytes.end(), said_.begin() + static_cast<ptrdiff_t>(said_size_));
  said_size_ += bytes.size();
}

void FrameReader::PassPayload(absl::string_view bytes, MessageSink& sink) {
  if (!masked()) return PassPlain(bytes, sink);
  const uint8_t* const mask = header_.data() + HeaderSize() - kMaskSize;
  std::array<char, kPiece> plain;
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), plain.size());
    for (size_t i = 0; i < size; ++i) {
      plain[i] = static_cast<char>(static_cast<uint8_t>(bytes[i]) ^ mask[mask_at_++ % kMaskSize]);
    }
    PassPlain({plain.data(), size}, sink);
    bytes.remove_prefix(size);
  }
}

FrameFault FrameReader::Feed(absl::string_view bytes, MessageSink& sink) {
  while (!bytes.empty() && fault_ == FrameFault::kNone) {
    if (!in_payload_) {
      header_[header_size_++] = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      if (header_size_ == HeaderSize()) fault_ = BeginFrame(sink);
      continue;
    }
    const auto size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    PassPayload(bytes.substr(0, size), sink);
    bytes.remove_prefix(size);
    left_ -= size;
    if (left_ == 0) EndFrame(sink);
  }
  return fault_;
}

}  // namespace firebreak::inspect
