#include "http/authority.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/ip.h"

namespace firebreak::http {
namespace {

constexpr size_t kMaxPortDigits = 5;

bool IsNameByte(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.'; }

// IsName takes names without trailing dot.
bool IsName(absl::string_view host) {
  char before = '.';
  for (const char c : host) {
    if (!IsNameByte(c) || (c == '.' && before == '.')) return false;
    before = c;
  }
  return before != '.';
}

// MeansNumber is whether a resolver may take the host for an IPv4 address: inet_aton reads "127.1",
// "0x7f000001" and "017700000001" as 127.0.0.1. They all end in a number.
bool MeansNumber(absl::string_view host) {
  absl::string_view last = host.substr(host.rfind('.') + 1);
  if (absl::ConsumePrefix(&last, "0x") || absl::ConsumePrefix(&last, "0X")) {
    return std::all_of(last.begin(), last.end(), absl::ascii_isxdigit);
  }
  return std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
}

Fault CheckName(absl::string_view host) {
  if (!IsName(host)) return Fault::kAuthorityHost;
  // Four decimal numbers without leading zeros are the one form that Parse takes.
  if (MeansNumber(host) && !IpAddress::Parse(host).ok()) return Fault::kAuthorityHost;
  return Fault::kNone;
}

// CheckPort takes what follows the host: nothing, or ":" and the port.
Fault CheckPort(absl::string_view port) {
  if (port.empty()) return Fault::kNone;
  if (port.front() != ':') return Fault::kAuthorityHost;
  const absl::string_view digits = port.substr(1);
  if (digits.empty() || digits.size() > kMaxPortDigits || digits.front() == '0') {
    return Fault::kAuthorityPort;
  }
  uint32_t number = 0;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &number) || number > 65535) {
    return Fault::kAuthorityPort;
  }
  return Fault::kNone;
}

absl::string_view DefaultPort(absl::string_view scheme) {
  if (scheme == "http") return ":80";
  if (scheme == "https") return ":443";
  return "";
}

}  // namespace

Fault NormaliseAuthority(absl::string_view scheme, std::string& authority) {
  const absl::string_view text(authority);
  if (text.find('@') != absl::string_view::npos) return Fault::kAuthorityUserinfo;
  const bool brackets = absl::StartsWith(text, "[");
  const size_t close = text.find(']');
  if (brackets && close == absl::string_view::npos) return Fault::kAuthorityHost;
  const size_t host_end = brackets ? close + 1 : std::min(text.find(':'), text.size());
  if (host_end > kMaxHostBytes) return Fault::kAuthorityHost;
  absl::string_view port = text.substr(host_end);
  const Fault port_fault = CheckPort(port);
  if (port_fault != Fault::kNone) return port_fault;
  if (port == DefaultPort(scheme)) port = absl::string_view();

  if (brackets) {
    const absl::StatusOr<IpAddress> ip = IpAddress::Parse(text.substr(1, close - 1));
    if (!ip.ok()) return Fault::kAuthorityHost;
    authority = ip->is_v4() ? absl::StrCat(ip->ToString(), port)
                            : absl::StrCat("[", ip->ToString(), "]", port);
    return Fault::kNone;
  }
  const absl::string_view host = absl::StripSuffix(text.substr(0, host_end), ".");
  const Fault host_fault = CheckName(host);
  if (host_fault != Fault::kNone) return host_fault;
  // From the end to the front: host and port look into authority.
  if (port.empty()) authority.resize(host_end);
  authority.erase(host.size(), host_end - host.size());
  absl::AsciiStrToLower(&authority);
  return Fault::kNone;
}

}  // namespace firebreak::http
