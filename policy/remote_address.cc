#include "policy/remote_address.h"

#include "absl/strings/string_view.h"

#include "http/field.h"
#include "http/header_map.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kForwardedFor = "x-forwarded-for";

// AddressOf reads "10.0.0.1", "fd00::1" and either with a port, "[fd00::1]:443".
RemoteAddress AddressOf(absl::string_view text) {
  absl::StatusOr<IpAddress> ip = IpAddress::Parse(text);
  if (!ip.ok()) {
    const absl::StatusOr<SocketAddress> with_port = SocketAddress::Parse(text);
    if (with_port.ok()) {
      ip = with_port->ip();
    } else if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
      ip = IpAddress::Parse(text.substr(1, text.size() - 2));
    }
  }
  if (!ip.ok() || ip->is_unspecified()) return {.kind = RemoteAddress::Kind::kDoubt, .ip = {}};
  return {.kind = RemoteAddress::Kind::kNamed, .ip = *ip};
}

}  // namespace

RemoteAddress RemoteAddress::Of(const http::HeaderMap& headers, int trusted_hops) {
  if (trusted_hops <= 0) return {};
  // From the end, since only what is there was written by those that are trusted.
  int left = trusted_hops;
  for (size_t i = headers.size(); i > 0; --i) {
    const http::HeaderMap::Field field = headers[i - 1];
    if (field.name != kForwardedFor) continue;
    absl::string_view rest = field.value;
    while (true) {
      const size_t comma = rest.rfind(',');
      const size_t begin = comma == absl::string_view::npos ? 0 : comma + 1;
      if (--left == 0) return AddressOf(http::TrimOws(rest.substr(begin)));
      if (comma == absl::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return {};
}

}  // namespace firebreak::policy
