// Http2Io moves bytes between an nghttp2 session and a socket; and the messages both ends send.
#ifndef FIREBREAK_BENCH_LOAD_HTTP2_IO_H_
#define FIREBREAK_BENCH_LOAD_HTTP2_IO_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/load/socket.h"

namespace firebreak::bench {

// gRPC over HTTP2, "Length-Prefixed-Message": a flag and the length, big-endian.
inline constexpr size_t kGrpcPrefix = 5;

// FillMessage writes `size` bytes of a message, from `offset` on: a gRPC prefix for
// `message_bytes` when `framed`, then filler.
void FillMessage(uint64_t message_bytes, bool framed, uint64_t offset, uint8_t* out, size_t size);

// Field is a header field whose strings outlive the call it is passed to.
nghttp2_nv Field(const char* name, const std::string& value);

class Http2Io {
 public:
  Http2Io() = default;
  ~Http2Io();
  Http2Io(const Http2Io&) = delete;
  Http2Io& operator=(const Http2Io&) = delete;

  // Begin takes over a new session, and announces windows that do not slow a load.
  bool Begin(nghttp2_session* session);
  nghttp2_session* session() { return session_; }

  // Receive reads all there is; Send writes all that can be. False: the connection is over.
  bool Receive(int fd, IoBuffer& scratch);
  bool Send(int fd);

 private:
  nghttp2_session* session_ = nullptr;
  std::string out_;
  size_t sent_ = 0;  // of out_
};

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_HTTP2_IO_H_
