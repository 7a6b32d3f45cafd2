#include "proxy/tcp/protocol_sniffer.h"

#include <array>

#include "absl/strings/match.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kMaxMethodBytes = 32;

constexpr std::array<absl::string_view, 8> kMethods = {"GET ",    "HEAD ",    "POST ",  "PUT ",
                                                       "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "};

// Whether one is the beginning of the other.
bool Agree(absl::string_view a, absl::string_view b) {
  return absl::StartsWith(a, b) || absl::StartsWith(b, a);
}

bool IsMethodByte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

}  // namespace

Sniffed Sniff(absl::string_view first) {
  if (first.empty()) return Sniffed::kNeedMore;
  if (Agree(first, kPreface)) {
    return first.size() >= kPreface.size() ? Sniffed::kHttp2 : Sniffed::kNeedMore;
  }
  for (const absl::string_view method : kMethods) {
    if (!Agree(first, method)) continue;
    return first.size() >= method.size() ? Sniffed::kHttp1 : Sniffed::kNeedMore;
  }
  size_t method_bytes = 0;
  while (method_bytes < first.size() && IsMethodByte(first[method_bytes])) ++method_bytes;
  if (method_bytes == 0 || method_bytes > kMaxMethodBytes) return Sniffed::kOther;
  if (method_bytes == first.size()) return Sniffed::kNeedMore;
  if (first[method_bytes] != ' ') return Sniffed::kOther;
  const size_t line_end = first.find('\n');
  if (line_end == absl::string_view::npos) {
    return first.size() < kMaxSniffBytes ? Sniffed::kNeedMore : Sniffed::kOther;
  }
  return absl::StrContains(first.substr(0, line_end), " HTTP/") ? Sniffed::kHttp1 : Sniffed::kOther;
}

}  // namespace firebreak::proxy
