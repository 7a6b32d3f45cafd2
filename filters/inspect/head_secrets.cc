#include "filters/inspect/head_secrets.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "filters/inspect/findings.h"
#include "flows/redact.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::filters {
namespace {

using inspect::Place;
using inspect::SecretKind;
using inspect::SecretKinds;

constexpr absl::string_view kUserAgent = "user-agent";

// Where services are told who calls, beside the headers of RFC 9110. Basic is taken apart into the
// fields ".user" and ".password".
constexpr absl::string_view kPresenting[] = {"authorization",
                                             "authorization.password",
                                             "authorization.user",
                                             "proxy-authorization",
                                             "proxy-authorization.password",
                                             "proxy-authorization.user",
                                             "x-api-key",
                                             "api-key",
                                             "apikey",
                                             "x-auth-token",
                                             "x-access-token",
                                             "x-amz-security-token",
                                             "x-goog-api-key",
                                             "private-token",
                                             "x-gitlab-token",
                                             "x-vault-token"};

// Random numbers and hexadecimal ones, of which one in some ten thousand passes for a card's.
constexpr absl::string_view kIds[] = {"x-request-id",
                                      "x-correlation-id",
                                      "traceparent",
                                      "tracestate",
                                      "b3",
                                      "x-b3-traceid",
                                      "x-b3-spanid",
                                      "x-b3-parentspanid",
                                      "x-datadog-trace-id",
                                      "x-datadog-parent-id"};

template <typename Names>
bool Has(const Names& names, absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

SecretKinds Of(std::initializer_list<SecretKind> kinds) {
  SecretKinds set;
  for (const SecretKind kind : kinds) set.set(static_cast<size_t>(kind));
  return set;
}

// Nobody says with these who is calling.
SecretKinds NeverPresented() {
  return Of({SecretKind::kAwsSecret, SecretKind::kPrivateKey, SecretKind::kPgpPrivateKey,
             SecretKind::kCard, SecretKind::kIban, SecretKind::kUsSsn});
}

}  // namespace

void HeadSecrets::LookAt(const http::Request& request) {
  request_ = true;
  inspect::RequestFields(limits_, *this, *this).Headers(request);
}

void HeadSecrets::LookAt(const http::Response& response) {
  request_ = false;
  inspect::ResponseFields(limits_, *this, *this).Headers(response);
}

void HeadSecrets::LookAtRequestTrailers(const http::HeaderMap& trailers) {
  request_ = true;
  inspect::RequestFields(limits_, *this, *this).Trailers(trailers);
}

void HeadSecrets::LookAtResponseTrailers(const http::HeaderMap& trailers) {
  request_ = false;
  inspect::ResponseFields(limits_, *this, *this).Trailers(trailers);
}

SecretKinds HeadSecrets::NotLookedFor(Place place, absl::string_view name) const {
  SecretKinds off = plan_.secrets_off;
  const bool cookie = place == Place::kCookie;
  if (!cookie && place != Place::kHeader) return off;
  if (!request_) {
    if (name == "set-cookie") off |= Of({SecretKind::kJwt, SecretKind::kGeneric});
  } else if (cookie || Has(kPresenting, name)) {
    off |= ~NeverPresented();
  } else {
    off |= Of({SecretKind::kJwt});
  }
  if (Has(kIds, name)) off |= Of({SecretKind::kCard});
  return off;
}

// The name before the value says what some values are: "api_key: ...".
void HeadSecrets::BeginField(Place place, absl::string_view name, bool is_name) {
  place_ = place;
  name_ = std::string(name);
  is_name_ = is_name;
  scanner_.emplace(plan_.secrets, NotLookedFor(place, name));
  if (is_name || name.empty()) return;
  scanner_->Feed(name);
  scanner_->Feed(": ");
}

void HeadSecrets::EndField() {
  scanner_->Finish();
  if (scanner_->total() > 0) {
    in_path_ = in_path_ || place_ == Place::kPath;
    in_user_agent_ = in_user_agent_ || (place_ == Place::kHeader && name_ == kUserAgent);
    const std::string where = Where();
    for (const inspect::SecretMatch& match : scanner_->matches()) Keep(match, where);
  }
  scanner_.reset();
}

// What stands in the same place of an interim response and of the final one is one secret.
void HeadSecrets::Keep(const inspect::SecretMatch& secret, const std::string& where) {
  if (found_.size() == kKeptMatches) return;
  const bool again = std::any_of(found_.begin(), found_.end(), [&](const Found& found) {
    return found.where == where && found.secret.name == secret.name &&
           found.secret.last_four == secret.last_four;
  });
  if (!again) found_.push_back({secret, where});
}

// Where leaves out a name that is a secret itself, be it of a kind that has its place there.
std::string HeadSecrets::Where() const {
  inspect::SecretScanner name(plan_.secrets, plan_.secrets_off);
  name.Feed(name_);
  name.Finish();
  return FieldText(place_, name.total() > 0 ? flows::kRedacted : name_, is_name_);
}

void HeadSecrets::AddTo(flows::InspectionInfo* info) const {
  for (const Found& found : found_) AddSecret(found.secret, found.where, info);
}

}  // namespace firebreak::filters
