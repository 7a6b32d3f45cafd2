// Codec turns the bytes of one connection into the messages of its streams, and back. HTTP/1.1 has
// one stream at a time, HTTP/2 many.
#ifndef FIREBREAK_PROXY_HTTP_CODEC_H_
#define FIREBREAK_PROXY_HTTP_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "http/canonical.h"
#include "http/header_map.h"
#include "http/message.h"
#include "proxy/http/memory_budget.h"

namespace firebreak::proxy {

// StreamError is why a stream ended before its last byte.
enum class StreamError : uint8_t {
  kReset,        // the other side gave up (RST_STREAM, or the connection ended)
  kUnprocessed,  // it did nothing with the request (REFUSED_STREAM, GOAWAY): may be tried again
  kUncertain,    // its connection, which had served before, ended without a byte of an answer
  kMalformed,    // it broke the protocol
  kLimit,        // it went beyond a limit of ours
  kCancelled,    // we gave up
  kInternal,
};
absl::string_view StreamErrorName(StreamError error);

// StreamFailure is an error with its cause; `code` is a literal.
struct StreamFailure {
  StreamError error = StreamError::kReset;
  absl::string_view code;  // "chunk_size", "connection_closed": for logs and metrics
};

// StreamReader receives what comes on one stream, in this order: the headers (see ServerHost and
// ResponseReader), any number of OnData, then OnEnd; OnFailure instead at any point. OnWritable and
// OnFailure may still come after OnEnd while our own direction is open; after OnFailure or
// Stream::Reset nothing comes. Calls come from within Receive, ReceiveEnd, ReceiveFailure, Resume
// and Produce of the codec only, never from within a call to a Stream.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual void OnData(absl::string_view bytes) = 0;
  // The message is complete; trailers are canonical (CanonicaliseTrailers) and often empty.
  virtual void OnEnd(const http::HeaderMap& trailers) = 0;
  virtual void OnFailure(StreamFailure failure) = 0;
  // OnWritable: writable() has become true again.
  virtual void OnWritable() = 0;
  // memory is whose share goes on for what is held of the stream, either way; null: nobody's.
  virtual std::shared_ptr<MemoryShare> memory() const { return nullptr; }
};

// ResponseReader is the reader of a client's stream.
class ResponseReader : public StreamReader {
 public:
  // Any number of informational responses (1xx but 101), then exactly one final one. A 101 is
  // final: after it, OnData carries the bytes of the new protocol.
  virtual void OnInformational(http::Response& response) = 0;
  virtual void OnResponse(http::Response& response) = 0;
};

// Stream is the codec's end of one stream. The codec owns it; it is good until its reader has had
// OnFailure, or Reset, or both directions have ended (OnEnd was told and the end sent). A server's
// stream is over for its reader as soon as the end of the response has been sent, whatever of the
// request is still to come; only after a 101 do the directions end each on its own (and OnEnd comes
// once for the request's headers and once for the end of the new protocol's bytes).
class Stream {
 public:
  // SendData passes body bytes on. They are all taken; send no more while !writable(). Where not
  // even these may be held any more, the stream fails soon, with kLimit.
  virtual void SendData(absl::string_view bytes) = 0;
  // SendEnd ends our direction; trailers may be empty.
  virtual void SendEnd(const http::HeaderMap& trailers) = 0;
  // Reset ends the stream at once, both ways; the reader hears nothing more. HTTP/1: the connection
  // goes with it, unless both messages were complete.
  virtual void Reset(StreamError error) = 0;
  virtual bool writable() const = 0;
  // Pause stops OnData and OnEnd until Resume. What the codec then holds is bounded by the limits
  // (HTTP/2: one window a stream; HTTP/1: nothing, it takes no more input).
  virtual void Pause() = 0;
  virtual void Resume() = 0;
  // HTTP/2's identifier; HTTP/1 counts 1, 3, 5 in the same way.
  virtual uint64_t id() const = 0;

 protected:
  ~Stream() = default;
};

class ServerStream : public Stream {
 public:
  // Informational responses (100, 103) may come before. `end`: no body, no trailers. HTTP/1: the
  // codec adds framing and Connection; a 101 makes both directions raw bytes.
  virtual void SendInformational(const http::Response& response) = 0;
  virtual void SendResponse(const http::Response& response, bool end) = 0;

 protected:
  ~ServerStream() = default;
};

class ClientStream : public Stream {
 protected:
  ~ClientStream() = default;
};

// CodecHost is the connection that a codec serves.
class CodecHost {
 public:
  virtual ~CodecHost() = default;
  // Wake: there is something to produce, or kept input can go on. The host calls Produce and
  // Resume soon, from its own turn, never from within Wake.
  virtual void Wake() = 0;
};

// ServerHost is also told of requests.
class ServerHost : public CodecHost {
 public:
  // OnRequest hands over a canonical request and asks who reads its body. `rejection` is null, or
  // says why the request is refused: the host answers it (the codec has already arranged for the
  // connection to close after the answer where framing is in doubt; the body is dropped). Never
  // null is returned.
  virtual StreamReader* OnRequest(ServerStream& stream, http::Request& request,
                                  const http::Rejection* rejection) = 0;
  // OnMalformed: a stream or connection was refused by the codec itself, without a request to speak
  // of; for the record and the counters.
  virtual void OnMalformed(absl::string_view code) = 0;
  // OnMalformedRequest: the codec has reset the stream of a request that cannot be answered; for
  // its record. `request` is what was read of it.
  virtual void OnMalformedRequest(http::Request& /*request*/, absl::string_view code) {
    OnMalformed(code);
  }
};

// CodecState says whether a connection may go on.
enum class CodecState : uint8_t {
  kOpen,
  kDraining,  // no new stream; ends when the last one has
  kDone,      // write what is left, then end in order
  kFailed,    // write what is left (GOAWAY, 400), then close; failure_code() says why
};

// CodecOptions are the limits that concern a codec; base/limits.h has their names and reasons.
struct CodecOptions {
  http::PathRules paths;
  int64_t max_header_bytes = 65'536;
  int64_t max_header_fields = 100;
  int64_t max_streams = 100;             // HTTP/2, at once
  int64_t stream_window_bytes = 65'536;  // HTTP/2, each stream
  size_t write_high_bytes = 65'536;      // streams are not writable above this much unsent output
};

// What failure_code says of a connection that ReceiveFailure ended, and nothing before it.
inline constexpr absl::string_view kConnectionLost = "connection_lost";

class Codec {
 public:
  virtual ~Codec() = default;

  // Receive acts on bytes from the peer, all of them; only while wants_input().
  virtual void Receive(absl::string_view bytes) = 0;
  // ReceiveEnd: the peer has ended its direction. A message that this cuts short fails.
  virtual void ReceiveEnd() = 0;
  // ReceiveFailure: the connection is lost; every stream fails with kReset.
  virtual void ReceiveFailure() = 0;
  // Resume delivers what was kept back while streams were paused. Called after Wake.
  virtual void Resume() = 0;
  virtual bool wants_input() const = 0;

  // Produce appends what is to be written to the output the codec was made with, up to its high
  // mark, and tells readers OnWritable when there is room again. Call after Wake, and whenever
  // output has drained.
  virtual void Produce() = 0;

  // Drain ends the connection after the streams that live: GOAWAY, or Connection: close on the next
  // response.
  virtual void Drain() = 0;
  // EndStalled resets streams whose last bytes we hold and whose peer has taken none of them since
  // the call before. Their readers are through with them, and so nobody else waits for them.
  virtual void EndStalled() {}
  virtual CodecState state() const = 0;
  virtual absl::string_view failure_code() const = 0;
  virtual size_t live_streams() const = 0;
  // Whether a message's headers have begun and not ended: a slow peer is timed out then.
  virtual bool receiving_headers() const = 0;
};

// ClientCodec opens streams to an upstream.
class ClientCodec : public Codec {
 public:
  // Request sends the headers of a canonical request; `end`: no body follows. Null when no stream
  // can be opened now: see room().
  virtual ClientStream* Request(const http::Request& request, bool end, ResponseReader& reader) = 0;
  // room is how many streams may be opened now.
  virtual size_t room() const = 0;
  // settled: the server has said how many streams it takes at once. Until then room is a guess.
  virtual bool settled() const { return true; }
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_CODEC_H_
