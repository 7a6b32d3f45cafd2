// The patterns of the policy language. None is a regular expression: identities compiled to
// expressions have been bypassed elsewhere by an unescaped dot.
#ifndef FIREBREAK_POLICY_PATTERN_H_
#define FIREBREAK_POLICY_PATTERN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::policy {

// StringPattern is one value of a string field: "*" (present and not empty), "abc*", "*abc", or
// exact. Case counts.
class StringPattern {
 public:
  enum class Kind { kAny, kExact, kPrefix, kSuffix };

  // ParsePrincipal takes a SPIFFE ID without "spiffe://". A wildcard stands for whole segments at
  // one end: "*", "td/*", "td/ns/shop/*", "*/sa/web". The error says what to write instead.
  static absl::StatusOr<StringPattern> ParsePrincipal(absl::string_view text);
  // ParseNamespace takes SPIFFE path segment characters with at most one "*", at an end.
  static absl::StatusOr<StringPattern> ParseNamespace(absl::string_view text);
  // ParseTrustDomain takes a trust domain: lower case, no "/", at most one "*", at an end.
  static absl::StatusOr<StringPattern> ParseTrustDomain(absl::string_view text);

  // Matches is false for an empty value, whatever the pattern: absent never matches.
  bool Matches(absl::string_view value) const;

  Kind kind() const { return kind_; }

 private:
  enum class Charset { kSegment, kTrustDomain };

  static absl::StatusOr<StringPattern> ParseAffix(absl::string_view text, Charset charset);
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
};

// ParsePort takes 1 to 65535 as decimal digits without leading zero.
absl::StatusOr<uint16_t> ParsePort(absl::string_view text);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PATTERN_H_
