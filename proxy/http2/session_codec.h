// SessionCodec and SessionStream put the calls of the codec seam through to an Http2Session and its
// streams, for either side of a connection.
#ifndef FIREBREAK_PROXY_HTTP2_SESSION_CODEC_H_
#define FIREBREAK_PROXY_HTTP2_SESSION_CODEC_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "http/header_map.h"
#include "proxy/http/codec.h"
#include "proxy/http2/session.h"
#include "proxy/http2/stream_core.h"

namespace firebreak::proxy {

// Interface is ServerStream or ClientStream, which know nothing of StreamCore.
template <typename Interface>
class SessionStream : public StreamCore, public Interface {
 public:
  using StreamCore::StreamCore;

  void SendData(absl::string_view bytes) final { StreamCore::SendData(bytes); }
  void SendEnd(const http::HeaderMap& trailers) final { StreamCore::SendEnd(trailers); }
  void Reset(StreamError error) final { StreamCore::Reset(error); }
  bool writable() const final { return StreamCore::writable(); }
  void Pause() final { StreamCore::Pause(); }
  void Resume() final { StreamCore::Resume(); }
  uint64_t id() const final { return static_cast<uint64_t>(StreamCore::id()); }
};

// Interface is Codec or ClientCodec.
template <typename Interface>
class SessionCodec : public Interface {
 public:
  void Receive(absl::string_view bytes) final { session_.Receive(bytes); }
  void ReceiveEnd() final { session_.ReceiveEnd(); }
  void ReceiveFailure() final { session_.ReceiveFailure(); }
  void Resume() final { session_.Resume(); }
  bool wants_input() const final { return session_.wants_input(); }
  void Produce() final { session_.Produce(); }
  void Drain() final { session_.Drain(); }
  CodecState state() const final { return session_.state(); }
  absl::string_view failure_code() const final { return session_.failure_code(); }
  size_t live_streams() const final { return session_.live_streams(); }
  bool receiving_headers() const final { return session_.receiving_headers(); }

 protected:
  // acceptor is null for a client.
  SessionCodec(const CodecOptions& options, Buffer& output, SlabPool& slabs, CodecHost& host,
               StreamAcceptor* acceptor)
      : slabs_(slabs), session_(options, output, host, acceptor) {}

  SlabPool& slabs_;
  Http2Session session_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_SESSION_CODEC_H_
