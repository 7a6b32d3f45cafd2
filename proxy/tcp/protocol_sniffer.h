// Sniff tells from the first bytes of a connection what is spoken on it.
#ifndef FIREBREAK_PROXY_TCP_PROTOCOL_SNIFFER_H_
#define FIREBREAK_PROXY_TCP_PROTOCOL_SNIFFER_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

enum class Sniffed { kNeedMore, kHttp1, kHttp2, kOther };

// A request line that is longer than this is not waited for.
inline constexpr size_t kMaxSniffBytes = 8'192;

// Sniff looks at everything received so far, and needs no more than kMaxSniffBytes. HTTP/2 starts
// with its preface (RFC 9113 section 3.4). HTTP/1 is what some server may take for a request (see
// RequestLine), so that what is wrong with it is the codec's to refuse; most other protocols of
// words and lines (SMTP, FTP, IRC) do not look like one. What is neither is a byte stream, which
// rules about HTTP never allow.
Sniffed Sniff(absl::string_view first);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_PROTOCOL_SNIFFER_H_
