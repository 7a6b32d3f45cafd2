// Normalising of authorities: Host, :authority and that of an absolute-form target.
#ifndef FIREBREAK_HTTP_AUTHORITY_H_
#define FIREBREAK_HTTP_AUTHORITY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

#include "http/fault.h"

namespace firebreak::http {

// The longest host, brackets included (RFC 1035 section 2.3.4).
inline constexpr size_t kMaxHostBytes = 255;

// NormaliseAuthority makes the one form of host[:port]:
// - a name in lower case, of letters, digits, "-", "_" and single dots, without its trailing dot;
// - an IPv4 address of four decimal numbers: other numbers that resolvers take for one are refused;
// - an IPv6 address in brackets and in the form of RFC 5952, an IPv4-mapped one as IPv4;
// - the port from 1 to 65535, without leading zeros; the default port of the scheme (http 80, https
//   443) is dropped.
// On a fault, authority is as it was.
Fault NormaliseAuthority(absl::string_view scheme, std::string& authority);

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_AUTHORITY_H_
