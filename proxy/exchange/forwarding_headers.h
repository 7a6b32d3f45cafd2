// The header fields that the sidecar itself adds to a request, and takes out of what a client
// sends.
#ifndef FIREBREAK_PROXY_EXCHANGE_FORWARDING_HEADERS_H_
#define FIREBREAK_PROXY_EXCHANGE_FORWARDING_HEADERS_H_

#include <string>

#include "base/verdict.h"
#include "certs/peer_identity.h"
#include "filters/api/connection.h"
#include "http/header_map.h"

namespace firebreak::proxy {

// StripForged takes out every field by which a client could pass for somebody else to the
// application: x-forwarded-client-cert and x-firebreak-..., with any other character for "-"
// too: servers that make variables of names take "_" or "." alike (security catalogue A-03).
void StripForged(http::HeaderMap& headers);

// ForwardedClientCert is the value of x-forwarded-client-cert in Envoy's format: By (our SPIFFE
// ID), Hash (SHA-256 of the peer's certificate) and URI (its SPIFFE ID). Nothing in it is copied
// from a certificate but what was validated as a SPIFFE ID.
std::string ForwardedClientCert(const certs::SpiffeId& self, const certs::PeerIdentity& peer);

// AddIdentity tells the application who asks. After StripForged.
void AddIdentity(const filters::Connection& connection, const std::string& forwarded_client_cert,
                 http::HeaderMap& headers);

// TraceIdOf is the trace-id of a W3C traceparent (Trace Context, section 3.2); null when there is
// none or it is not valid. The field is passed on as it is.
SharedString TraceIdOf(const http::HeaderMap& headers);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_FORWARDING_HEADERS_H_
