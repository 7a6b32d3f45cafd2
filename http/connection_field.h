// What stands in Connection and Upgrade (RFC 9110 sections 7.6.1 and 7.8).
#ifndef FIREBREAK_HTTP_CONNECTION_FIELD_H_
#define FIREBREAK_HTTP_CONNECTION_FIELD_H_

#include <cstddef>

#include "http/fault.h"
#include "http/header_map.h"
#include "http/message.h"

namespace firebreak::http {

// The most options that Connection may name: each is looked for among all header fields.
inline constexpr size_t kMaxConnectionOptions = 32;

// RemoveConnectionOptions takes out the fields that Connection names, all lines of it together. An
// option that is no token, too many of them, or a protected name is a fault. `removed` is whether
// any field went; Connection itself stays.
Fault RemoveConnectionOptions(HeaderMap& headers, bool& removed);

// CheckUpgrade is for a request that has Upgrade: it must ask for WebSocket (RFC 6455 section 4.1),
// and in order, or it is a fault. h2c and everything else is refused, not ignored: what follows
// such a request may be of another protocol (h2c smuggling).
Fault CheckUpgrade(const Request& request);

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_CONNECTION_FIELD_H_
