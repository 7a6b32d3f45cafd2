// x-forwarded-for as a peer may write it. Input: a byte with the number of trusted hops, then the
// lines of the header, each up to LF.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "http/header_map.h"
#include "policy/remote_address.h"

namespace firebreak::policy {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

http::HeaderMap HeadersOf(absl::string_view lines, absl::string_view first) {
  http::HeaderMap headers;
  if (!first.empty()) headers.Add("x-forwarded-for", first);
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    headers.Add("x-forwarded-for", line);
    headers.Add("x-other", "192.0.2.1");
  }
  return headers;
}

}  // namespace
}  // namespace firebreak::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using firebreak::policy::RemoteAddress;
  if (size == 0) return 0;
  const int hops = data[0] % 8;
  const absl::string_view lines(reinterpret_cast<const char*>(data) + 1, size - 1);
  const RemoteAddress address = RemoteAddress::Of(firebreak::policy::HeadersOf(lines, ""), hops);
  using Kind = RemoteAddress::Kind;
  firebreak::policy::Require(address.kind != Kind::kLater);
  firebreak::policy::Require((address.kind == Kind::kNamed) != address.ip.is_unspecified());
  if (hops == 0) firebreak::policy::Require(address.kind == Kind::kDirect);
  // What a client writes in front of what proxies have appended changes nothing, once they have
  // named anybody.
  const RemoteAddress with_lie =
      RemoteAddress::Of(firebreak::policy::HeadersOf(lines, "198.51.100.66"), hops);
  if (address.kind == Kind::kDirect) return 0;
  firebreak::policy::Require(with_lie.kind == address.kind && with_lie.ip == address.ip);
  return 0;
}
