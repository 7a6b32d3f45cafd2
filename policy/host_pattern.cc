#include "policy/host_pattern.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "http/authority.h"
#include "policy/pattern.h"

namespace firebreak::policy {
namespace {

absl::Status Refuse(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": ", why));
}

// PortAt is where the port of host[:port] begins, its colon included; the end when there is none.
size_t PortAt(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != absl::string_view::npos && authority.find(']', colon) == absl::string_view::npos;
  return has_port ? colon : authority.size();
}

bool IsHostChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

}  // namespace

HostPort HostPort::Of(absl::string_view scheme, absl::string_view authority) {
  const size_t at = PortAt(authority);
  HostPort result{.host = authority.substr(0, at)};
  uint32_t port = 0;
  if (at == authority.size()) {
    result.port = scheme == "https" ? 443 : 80;
  } else if (absl::SimpleAtoi(authority.substr(at + 1), &port) && port <= 65535) {
    result.port = static_cast<uint16_t>(port);
  }
  return result;
}

absl::StatusOr<HostPattern> HostPattern::Parse(absl::string_view text) {
  constexpr absl::string_view kForm =
      "is no host, such as \"api.example\", \"*.example\" or \"api.example:8443\"";
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  if (text == "*") return HostPattern(Kind::kAny, "", 0);
  if (absl::StrContains(text, "://") || absl::StrContains(text, '/')) {
    return Refuse(text, "a host has neither scheme nor path");
  }
  const size_t at = PortAt(text);
  uint16_t port = 0;
  if (at < text.size() && text.substr(at) != ":*") {
    const absl::StatusOr<uint16_t> parsed = ParsePort(text.substr(at + 1));
    if (!parsed.ok()) return Refuse(text, "the port of a host is a number or \"*\"");
    port = *parsed;
  }
  std::string host = absl::AsciiStrToLower(text.substr(0, at));
  absl::string_view fixed = host;
  if (fixed == "*") return HostPattern(Kind::kAny, "", port);
  Kind kind = Kind::kExact;
  if (absl::ConsumeSuffix(&fixed, "*")) {
    kind = Kind::kPrefix;
  } else if (absl::ConsumePrefix(&fixed, "*")) {
    kind = Kind::kSuffix;
    absl::ConsumeSuffix(&fixed, ".");  // the root: canonical hosts are written without it
  }
  if (absl::StrContains(fixed, '*')) {
    return Refuse(text, "at most one \"*\" is allowed, at the beginning or the end of the host");
  }
  if (kind == Kind::kExact) {
    if (http::NormaliseAuthority("", host) != http::Fault::kNone) return Refuse(text, kForm);
    return HostPattern(kind, std::move(host), port);
  }
  if (fixed.empty() || !std::all_of(fixed.begin(), fixed.end(), IsHostChar)) {
    return Refuse(text, kForm);
  }
  return HostPattern(kind, std::string(fixed), port);
}

std::string HostPattern::written_host() const {
  switch (kind_) {
    case Kind::kAny:
      return "*";
    case Kind::kExact:
      return host_;
    case Kind::kPrefix:
      return absl::StrCat(host_, "*");
    case Kind::kSuffix:
      break;
  }
  return absl::StrCat("*", host_);
}

bool HostPattern::Matches(const HostPort& authority) const {
  if (authority.host.empty()) return false;
  if (port_ != 0 && port_ != authority.port) return false;
  switch (kind_) {
    case Kind::kAny:
      return true;
    case Kind::kExact:
      return authority.host == host_;
    case Kind::kPrefix:
      return absl::StartsWith(authority.host, host_);
    case Kind::kSuffix:
      return absl::EndsWith(authority.host, host_);
  }
  return false;
}

}  // namespace firebreak::policy
