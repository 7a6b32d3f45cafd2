// HTTP/2 (RFC 9113) behind the codec seam. Nothing outside this folder sees nghttp2.
#ifndef FIREBREAK_PROXY_HTTP2_HTTP2_CODEC_H_
#define FIREBREAK_PROXY_HTTP2_HTTP2_CODEC_H_

#include <memory>

#include "base/buffer.h"
#include "proxy/http/codec.h"

namespace firebreak::proxy {

// MakeHttp2Server serves a connection that begins with the client's preface; MakeHttp2Client opens
// one with it. Output, slabs and host outlive the codec. Both have SETTINGS to send at once: call
// Produce after making one. A codec must not be destroyed from within a call to its host or to a
// reader.
//
// Beyond what codec.h says:
// - Control frames are produced whatever the output holds; only bodies wait below its high mark. A
//   peer that takes nothing and provokes more than it may is cut off ("h2_outbound_flood").
// - A breach of a budget (budget.h) or of the protocol ends the connection: GOAWAY is in the
//   output, every reader has had OnFailure, state() is kFailed, and failure_code() begins with
//   "h2_".
// - Server: a response that ends before its request does resets the rest of it (NO_ERROR).
// - Server, OnRequest with a rejection: the reader hears no OnData, only OnEnd or OnFailure.
// - Client: a server that has answered in full may refuse the rest of the request (RST_STREAM with
//   NO_ERROR). That is no failure: what is sent from then on is thrown away.
// - Drain, server: GOAWAY with the last identifier follows once a PING shows that the first GOAWAY
//   was read, so that no request in flight is lost (RFC 9113 section 6.8).
std::unique_ptr<Codec> MakeHttp2Server(const CodecOptions& options, Buffer& output, SlabPool& slabs,
                                       ServerHost& host);
std::unique_ptr<ClientCodec> MakeHttp2Client(const CodecOptions& options, Buffer& output,
                                             SlabPool& slabs, CodecHost& host);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_HTTP2_CODEC_H_
