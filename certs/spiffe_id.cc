#include "certs/spiffe_id.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/principal_syntax.h"

namespace firebreak::certs {
namespace {

constexpr size_t kMaxShownBytes = 100;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  const bool cut = text.size() > kMaxShownBytes;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", PrintableEscaped(text.substr(0, kMaxShownBytes)), cut ? "..." : "", "\": ", why));
}

}  // namespace

absl::Status CheckTrustDomain(absl::string_view text) {
  const absl::string_view wrong = WrongWithTrustDomain(text);
  return wrong.empty() ? absl::OkStatus() : Invalid(text, absl::StrCat("no trust domain: ", wrong));
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
  absl::string_view principal = uri;
  if (absl::ConsumePrefix(&principal, kSpiffeScheme)) return ParsePrincipal(principal);
  return Invalid(uri, "a SPIFFE ID begins with spiffe:// in lower case");
}

absl::StatusOr<SpiffeId> SpiffeId::ParsePrincipal(absl::string_view principal) {
  const absl::string_view wrong = WrongWithSpiffeName(principal);
  if (!wrong.empty()) return Invalid(principal, wrong);
  return SpiffeId(absl::StrCat(kSpiffeScheme, principal),
                  std::min(principal.find('/'), principal.size()));
}

absl::string_view SpiffeId::principal() const {
  return absl::string_view(uri_).substr(kSpiffeScheme.size());
}

absl::string_view SpiffeId::trust_domain() const {
  return principal().substr(0, trust_domain_bytes_);
}

absl::string_view SpiffeId::path() const { return principal().substr(trust_domain_bytes_); }

absl::string_view SpiffeId::k8s_namespace() const {
  if (namespace_end_ == 0) return {};
  const size_t begin =
      kSpiffeScheme.size() + trust_domain_bytes_ + absl::string_view("/ns/").size();
  return absl::string_view(uri_).substr(begin, namespace_end_ - begin);
}

absl::string_view SpiffeId::service_account() const {
  if (service_account_begin_ == 0) return {};
  return absl::string_view(uri_).substr(service_account_begin_);
}

}  // namespace firebreak::certs
