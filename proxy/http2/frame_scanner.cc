#include "proxy/http2/frame_scanner.h"

#include <nghttp2/nghttp2.h>

#include <cstring>

namespace firebreak::proxy {
namespace {

absl::string_view TakeFront(absl::string_view& bytes, size_t most) {
  const absl::string_view front = bytes.substr(0, most);
  bytes.remove_prefix(front.size());
  return front;
}

bool CarriesHeaderBlock(uint8_t type) {
  return type == NGHTTP2_HEADERS || type == NGHTTP2_PUSH_PROMISE || type == NGHTTP2_CONTINUATION;
}

}  // namespace

FrameScanner::Piece FrameScanner::Next(absl::string_view& bytes) {
  if (preface_left_ > 0) {
    const absl::string_view piece = TakeFront(bytes, preface_left_);
    preface_left_ -= piece.size();
    return {.bytes = piece};
  }
  if (payload_left_ > 0) {
    const absl::string_view piece = TakeFront(bytes, payload_left_);
    payload_left_ -= piece.size();
    return {.bytes = piece};
  }
  return TakeHeader(bytes);
}

FrameScanner::Piece FrameScanner::TakeHeader(absl::string_view& bytes) {
  if (header_filled_ == 0 && bytes.size() >= kHeaderBytes) {
    Read(bytes.data());
    const absl::string_view piece = TakeFront(bytes, kHeaderBytes + payload_left_);
    payload_left_ -= piece.size() - kHeaderBytes;
    return {.bytes = piece, .header = &header_};
  }
  const absl::string_view piece = TakeFront(bytes, kHeaderBytes - header_filled_);
  std::memcpy(raw_.data() + header_filled_, piece.data(), piece.size());
  header_filled_ += piece.size();
  if (header_filled_ < kHeaderBytes) return {};
  header_filled_ = 0;
  Read(raw_.data());
  return {.bytes = {raw_.data(), raw_.size()}, .header = &header_};
}

void FrameScanner::Read(const char* raw) {
  const auto byte = [raw](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(raw[i])); };
  header_.length = byte(0) << 16 | byte(1) << 8 | byte(2);
  header_.type = static_cast<uint8_t>(byte(3));
  header_.flags = static_cast<uint8_t>(byte(4));
  // The first bit is reserved and ignored (RFC 9113 section 4.1).
  header_.stream_id =
      static_cast<int32_t>((byte(5) & 0x7f) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8));
  payload_left_ = header_.length;
  block_frame_ = CarriesHeaderBlock(header_.type);
  block_open_ = block_frame_ && (header_.flags & NGHTTP2_FLAG_END_HEADERS) == 0;
}

}  // namespace firebreak::proxy
