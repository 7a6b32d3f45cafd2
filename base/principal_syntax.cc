#include "base/principal_syntax.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace firebreak {
namespace {

constexpr size_t kMaxName = 253;
constexpr absl::string_view kWithScheme = "it is written without \"spiffe://\"";
constexpr absl::string_view kExact = "it must be exact, without a wildcard";

bool HasScheme(absl::string_view text) { return absl::StartsWithIgnoreCase(text, "spiffe:"); }

absl::string_view WrongWithSegments(absl::string_view segments) {
  for (const absl::string_view segment : absl::StrSplit(segments, '/')) {
    if (const absl::string_view wrong = WrongWithSegment(segment); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

bool IsSegmentCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

bool IsTrustDomainCharacter(char c) {
  return IsSegmentCharacter(c) && !absl::ascii_isupper(static_cast<unsigned char>(c));
}

absl::string_view WrongWithSegment(absl::string_view segment) {
  if (segment.empty()) return "it has an empty segment";
  if (segment == "." || segment == "..") return "a segment may not be \".\" or \"..\"";
  for (const char c : segment) {
    if (c == '*') return kExact;
    if (!IsSegmentCharacter(c)) return "only letters, digits, dots, dashes and underscores";
  }
  return "";
}

absl::string_view WrongWithTrustDomain(absl::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxTrustDomainBytes) return "it has more than 255 bytes";
  if (HasScheme(name)) return kWithScheme;
  for (const char c : name) {
    if (!IsTrustDomainCharacter(c)) {
      return "a trust domain has only lower-case letters, digits, dots, dashes and underscores";
    }
  }
  return "";
}

absl::string_view WrongWithSpiffeName(absl::string_view name) {
  if (name.size() > kMaxPrincipalBytes) return "it has more than 2039 bytes";
  if (HasScheme(name)) return kWithScheme;
  const size_t slash = name.find('/');
  const absl::string_view domain = name.substr(0, slash);
  if (domain.empty()) return "its trust domain is empty";
  if (absl::StrContains(domain, '*')) return kExact;
  if (const absl::string_view wrong = WrongWithTrustDomain(domain); !wrong.empty()) return wrong;
  return slash == absl::string_view::npos ? "" : WrongWithSegments(name.substr(slash + 1));
}

absl::string_view WrongWithPrincipal(absl::string_view principal) {
  if (const absl::string_view wrong = WrongWithSpiffeName(principal); !wrong.empty()) return wrong;
  if (!absl::StrContains(principal, '/')) return "it has no path after the trust domain";
  return "";
}

absl::string_view WrongWithPrincipalPattern(absl::string_view pattern) {
  constexpr absl::string_view kWildcards =
      "a wildcard stands for whole segments at one end, as in td/ns/shop/* or */sa/web";
  if (pattern.size() > kMaxPrincipalBytes) return "it has more than 2039 bytes";
  if (pattern == "*") return "";
  if (WrongWithTrustDomain(pattern).empty()) {
    return "it is a trust domain; every workload of one is as in td/*";
  }
  if (!absl::StrContains(pattern, '*')) return WrongWithPrincipal(pattern);
  absl::string_view fixed = pattern;
  const bool suffix = absl::ConsumePrefix(&fixed, "*/");
  const bool prefix = !suffix && absl::ConsumeSuffix(&fixed, "/*");
  if ((!suffix && !prefix) || absl::StrContains(fixed, '*')) return kWildcards;
  return suffix ? WrongWithSegments(fixed) : WrongWithSpiffeName(fixed);
}

absl::string_view WrongWithName(absl::string_view name) {
  if (name.size() > kMaxName) return "it has more than 253 bytes";
  return WrongWithSegment(name);
}

}  // namespace firebreak
