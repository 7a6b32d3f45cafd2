// The patterns of the policy language. None is a regular expression: identities compiled to
// expressions have been bypassed elsewhere by an unescaped dot.
#ifndef FIREBREAK_POLICY_PATTERN_H_
#define FIREBREAK_POLICY_PATTERN_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// StringPattern is one value of a string field: "*" (present and not empty), "abc*", "*abc", or
// exact. Case counts.
class StringPattern {
 public:
  // ParsePrincipal takes a SPIFFE ID without "spiffe://". A wildcard stands for whole segments at
  // one end: "*", "td/*", "td/ns/shop/*", "*/sa/web". The error says what to write instead.
  static absl::StatusOr<StringPattern> ParsePrincipal(absl::string_view text);
  // ParseNamespace takes SPIFFE path segment characters with at most one "*", at an end.
  static absl::StatusOr<StringPattern> ParseNamespace(absl::string_view text);
  // ParseTrustDomain takes a trust domain: lower case, no "/", at most one "*", at an end.
  static absl::StatusOr<StringPattern> ParseTrustDomain(absl::string_view text);
  // The others take at most one "*", at an end, and otherwise: a method's characters (RFC 9110
  // section 5.6.2); those of the full name of a gRPC service, or of its method; what can stand in a
  // header field, without blanks at its ends.
  static absl::StatusOr<StringPattern> ParseMethod(absl::string_view text);
  static absl::StatusOr<StringPattern> ParseGrpcName(absl::string_view text);
  static absl::StatusOr<StringPattern> ParseHeaderValue(absl::string_view text);
  // ParseServerName takes a host name as TLS has it, without a trailing dot, and makes it lower
  // case, as such names are compared (RFC 6066 section 3).
  static absl::StatusOr<StringPattern> ParseServerName(absl::string_view text);

  // Matches is false for an empty value, whatever the pattern: absent never matches.
  bool Matches(absl::string_view value) const;

  // written is the pattern as a policy says it.
  std::string written() const;

  // exact returns the one value that matches, or "" when there may be others.
  absl::string_view exact() const { return kind_ == Kind::kExact ? text_ : absl::string_view(); }

  // prefix returns what every value that matches begins with and is longer than, or "" when there
  // is no such, or the pattern is of another kind.
  absl::string_view prefix() const { return kind_ == Kind::kPrefix ? text_ : absl::string_view(); }

  friend bool operator==(const StringPattern& a, const StringPattern& b) {
    return a.kind_ == b.kind_ && a.text_ == b.text_;
  }
  template <typename H>
  friend H AbslHashValue(H state, const StringPattern& pattern) {
    return H::combine(std::move(state), pattern.kind_, pattern.text_);
  }

 private:
  enum class Kind { kAny, kExact, kPrefix, kSuffix };
  struct Charset;

  static absl::StatusOr<StringPattern> ParseAffix(absl::string_view text, const Charset& charset);
  StringPattern(Kind kind, absl::string_view text) : kind_(kind), text_(text) {}

  Kind kind_;
  std::string text_;  // without the "*"
};

// ServiceAccountPattern is one value of serviceAccounts: exactly this account of this namespace, in
// whichever trust domain.
struct ServiceAccountPattern {
  std::string account_namespace;
  std::string account;

  // Parse takes "sa" (of policy_namespace) or "ns/sa", without wildcards.
  static absl::StatusOr<ServiceAccountPattern> Parse(absl::string_view text,
                                                     absl::string_view policy_namespace);

  friend bool operator==(const ServiceAccountPattern& a, const ServiceAccountPattern& b) {
    return a.account_namespace == b.account_namespace && a.account == b.account;
  }
  template <typename H>
  friend H AbslHashValue(H state, const ServiceAccountPattern& pattern) {
    return H::combine(std::move(state), pattern.account_namespace, pattern.account);
  }
};

// ParsePort takes 1 to 65535 as decimal digits without leading zero.
absl::StatusOr<uint16_t> ParsePort(absl::string_view text);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PATTERN_H_
