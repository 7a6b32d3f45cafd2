#include "proxy/tcp/protocol_sniffer.h"

#include "absl/strings/match.h"

#include "proxy/tcp/request_line.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Whether one is the beginning of the other.
bool Agree(absl::string_view a, absl::string_view b) {
  return absl::StartsWith(a, b) || absl::StartsWith(b, a);
}

}  // namespace

Sniffed Sniff(absl::string_view first) {
  if (first.empty()) return Sniffed::kNeedMore;
  if (Agree(first, kPreface)) {
    return first.size() >= kPreface.size() ? Sniffed::kHttp2 : Sniffed::kNeedMore;
  }
  RequestLine line;
  switch (line.Read(first)) {
    case RequestLine::Reading::kRequest:
      return Sniffed::kHttp1;
    case RequestLine::Reading::kOther:
      return Sniffed::kOther;
    case RequestLine::Reading::kMore:
      break;
  }
  // Whoever passes the bytes on goes on reading the line.
  const bool wait = line.plausible() && first.size() < kMaxSniffBytes;
  return wait ? Sniffed::kNeedMore : Sniffed::kOther;
}

}  // namespace firebreak::proxy
