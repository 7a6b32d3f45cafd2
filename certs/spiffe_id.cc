#include "certs/spiffe_id.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/status.h"

namespace firebreak::certs {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
constexpr size_t kMaxShownBytes = 100;

bool IsTrustDomainByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsSegmentByte(char c) { return IsTrustDomainByte(c) || (c >= 'A' && c <= 'Z'); }

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  const bool cut = text.size() > kMaxShownBytes;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", PrintableEscaped(text.substr(0, kMaxShownBytes)), cut ? "..." : "", "\": ", why));
}

absl::string_view Shown(const char& c) { return absl::string_view(&c, 1); }

absl::Status CheckPath(absl::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash that the caller or the last round has found
    const size_t end = std::min(path.find('/'), path.size());
    const absl::string_view segment = path.substr(0, end);
    if (segment.empty()) return Invalid(path, "a path segment is empty, or the path ends in /");
    if (segment == "." || segment == "..") return Invalid(segment, "is not a path segment");
    for (const char& c : segment) {
      if (!IsSegmentByte(c)) {
        return Invalid(Shown(c), "is not allowed in a path segment ([a-zA-Z0-9.-_])");
      }
    }
    path.remove_prefix(end);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTrustDomain(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("the trust domain is empty");
  if (text.size() > SpiffeId::kMaxTrustDomainBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the trust domain has ", text.size(), " bytes; at most ", SpiffeId::kMaxTrustDomainBytes));
  }
  for (const char& c : text) {
    if (!IsTrustDomainByte(c)) {
      return Invalid(Shown(c), "is not allowed in a trust domain ([a-z0-9.-_], lower case)");
    }
  }
  return absl::OkStatus();
}

SpiffeId::SpiffeId(std::string uri, size_t trust_domain_bytes)
    : uri_(std::move(uri)), trust_domain_bytes_(static_cast<uint16_t>(trust_domain_bytes)) {
  // Only /ns/<ns>/sa/<sa>: another segment before, between or after makes it another name.
  absl::string_view rest = path();
  if (!absl::ConsumePrefix(&rest, "/ns/")) return;
  const size_t namespace_bytes = rest.find('/');
  if (namespace_bytes == absl::string_view::npos) return;
  rest.remove_prefix(namespace_bytes);
  if (!absl::ConsumePrefix(&rest, "/sa/") || absl::StrContains(rest, '/')) return;
  service_account_begin_ = static_cast<uint16_t>(uri_.size() - rest.size());
  namespace_end_ = static_cast<uint16_t>(service_account_begin_ - absl::string_view("/sa/").size());
}

absl::StatusOr<SpiffeId> SpiffeId::Parse(absl::string_view uri) {
  if (uri.size() > kMaxUriBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a SPIFFE ID has at most ", kMaxUriBytes, " bytes, not ", uri.size()));
  }
  absl::string_view rest = uri;
  if (!absl::ConsumePrefix(&rest, kScheme)) {
    return Invalid(uri, "a SPIFFE ID begins with spiffe:// in lower case");
  }
  const size_t domain_bytes = std::min(rest.find('/'), rest.size());
  FB_RETURN_IF_ERROR(CheckTrustDomain(rest.substr(0, domain_bytes)));
  FB_RETURN_IF_ERROR(CheckPath(rest.substr(domain_bytes)));
  return SpiffeId(std::string(uri), domain_bytes);
}

absl::StatusOr<SpiffeId> SpiffeId::ParsePrincipal(absl::string_view principal) {
  return Parse(absl::StrCat(kScheme, principal));
}

absl::string_view SpiffeId::principal() const {
  return absl::string_view(uri_).substr(kScheme.size());
}

absl::string_view SpiffeId::trust_domain() const {
  return principal().substr(0, trust_domain_bytes_);
}

absl::string_view SpiffeId::path() const { return principal().substr(trust_domain_bytes_); }

absl::string_view SpiffeId::k8s_namespace() const {
  if (namespace_end_ == 0) return {};
  const size_t begin = kScheme.size() + trust_domain_bytes_ + absl::string_view("/ns/").size();
  return absl::string_view(uri_).substr(begin, namespace_end_ - begin);
}

absl::string_view SpiffeId::service_account() const {
  if (service_account_begin_ == 0) return {};
  return absl::string_view(uri_).substr(service_account_begin_);
}

}  // namespace firebreak::certs
