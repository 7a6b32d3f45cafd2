// The C callbacks of nghttp2, turned into calls of Http2Session. Nothing else lives here.
#ifndef FIREBREAK_PROXY_HTTP2_CALLBACKS_H_
#define FIREBREAK_PROXY_HTTP2_CALLBACKS_H_

#include <nghttp2/nghttp2.h>

namespace firebreak::proxy {

// SessionCallbacks is one table for every session, whose user data is its Http2Session.
const nghttp2_session_callbacks* SessionCallbacks();

// BodySource reads a body from the stream it is submitted for.
nghttp2_data_provider BodySource();

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_CALLBACKS_H_
