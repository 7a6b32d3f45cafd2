// FrameScanner finds the frame boundaries of an HTTP/2 connection (RFC 9113 section 4.1), ahead of
// nghttp2: budgets then see every frame, also those that nghttp2 passes over in silence, and in the
// same way whatever its version.
#ifndef FIREBREAK_PROXY_HTTP2_FRAME_SCANNER_H_
#define FIREBREAK_PROXY_HTTP2_FRAME_SCANNER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

struct FrameHeader {
  size_t length = 0;
  uint8_t type = 0;
  uint8_t flags = 0;
  int32_t stream_id = 0;
};

class FrameScanner {
 public:
  // preface_bytes come before the first frame and are passed on as they are.
  explicit FrameScanner(size_t preface_bytes) : preface_left_(preface_bytes) {}

  // Piece is input to be passed on in one go. `header` is set when it begins with a frame's header,
  // which is always in one piece, however the bytes came; it is good until the next call.
  struct Piece {
    absl::string_view bytes;
    const FrameHeader* header = nullptr;
  };
  // Next takes the next piece off the front of `bytes`. An empty piece: a header is not complete.
  Piece Next(absl::string_view& bytes);

  // Whether a header block has begun and not ended.
  bool in_header_block() const { return block_open_ || (block_frame_ && payload_left_ > 0); }

 private:
  static constexpr size_t kHeaderBytes = 9;

  Piece TakeHeader(absl::string_view& bytes);
  void Read(const char* raw);  // kHeaderBytes

  size_t preface_left_;
  size_t payload_left_ = 0;
  size_t header_filled_ = 0;
  std::array<char, kHeaderBytes> raw_ = {};
  FrameHeader header_;
  bool block_open_ = false;   // END_HEADERS is still to come
  bool block_frame_ = false;  // the current frame carries a piece of a header block
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_FRAME_SCANNER_H_
