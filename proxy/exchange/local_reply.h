// SendLocalReply answers a request in the upstream's stead.
#ifndef FIREBREAK_PROXY_EXCHANGE_LOCAL_REPLY_H_
#define FIREBREAK_PROXY_EXCHANGE_LOCAL_REPLY_H_

#include "filters/api/http_exchange.h"
#include "proxy/http/codec.h"

namespace firebreak::proxy {

// SendLocalReply tells the client that its request was refused, and ends the stream. It names the
// decision, by which an operator finds the record, and nothing of the rules. A gRPC client gets a
// gRPC status in a response of headers alone (the protocol's "Trailers-Only"), as its library
// expects. Returns the HTTP status that was sent.
int SendLocalReply(filters::HttpExchange& exchange, ServerStream& stream);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_LOCAL_REPLY_H_
