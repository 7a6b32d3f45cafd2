// HTTP/1.1 (RFC 9112) behind the codec seam: one message at a time each way. What
// proxy/http/codec.h leaves open is settled here.
//
// Both sides:
// - Framing in doubt is refused, never repaired: a message counts only when our own reading of its
//   framing and llhttp's are the same. After a refusal nothing more of the connection is read.
// - The codec takes what one read brings; what lies beyond the current message, or comes while a
//   stream is paused, it keeps, and wants no input until that is used up.
// - HTTP/1.0 is answered and used, but such a connection serves one exchange.
// - After a 101 the end of one direction is the end of both (a WebSocket is never half-closed):
//   SendEnd closes the connection once everything is written, and OnEnd follows.
//
// Server:
// - A request that is refused (rejection) has no body as far as its reader can see, and the
//   connection closes after the answer.
// - When a response begins before its request has ended, the connection closes after it; what then
//   is unread is dropped, never taken for a request.
// - A request with Upgrade has no body, and is the last of its connection. What follows it waits
//   for the response: after a 101 it comes as OnData, else it is dropped.
// - A body that breaks the framing fails its stream with kMalformed; when no response has begun,
//   the codec writes 400 itself.
//
// Client:
// - A request with Upgrade has no body, but leaves our direction open for what follows a 101. After
//   any other response our direction has ended, and the connection is not used again.
// - HTTP/1 cannot tell that a request was not acted on: it never fails with kUnprocessed.
#ifndef FIREBREAK_PROXY_HTTP1_HTTP1_CODEC_H_
#define FIREBREAK_PROXY_HTTP1_HTTP1_CODEC_H_

#include <memory>

#include "base/buffer.h"
#include "proxy/http/codec.h"

namespace firebreak::proxy {

// MakeHttp1Server and MakeHttp1Client: output and host outlive the codec.
std::unique_ptr<Codec> MakeHttp1Server(const CodecOptions& options, Buffer& output,
                                       ServerHost& host);
std::unique_ptr<ClientCodec> MakeHttp1Client(const CodecOptions& options, Buffer& output,
                                             CodecHost& host);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_HTTP1_CODEC_H_
