#include "config/principal_syntax.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace firebreak::config {
namespace {

constexpr size_t kMaxTrustDomain = 255;
// A SPIFFE ID has at most 2048 bytes, of which the scheme takes nine.
constexpr size_t kMaxPrincipal = 2048 - 9;
constexpr size_t kMaxName = 253;

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
    if (c == '*') return "it must be exact, without a wildcard";
    if (!IsSegmentCharacter(c)) return "only letters, digits, dots, dashes and underscores";
  }
  return "";
}

}  // namespace

absl::string_view WrongWithTrustDomain(absl::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxTrustDomain) return "it has more than 255 bytes";
  if (absl::StartsWith(name, "spiffe:")) return "it is written without \"spiffe://\"";
  for (const char c : name) {
    if (!IsTrustDomainCharacter(c)) {
      return "only lower-case letters, digits, dots, dashes and underscores";
    }
  }
  return "";
}

absl::string_view WrongWithPrincipal(absl::string_view principal) {
  if (principal.size() > kMaxPrincipal) return "it has more than 2039 bytes";
  if (absl::StartsWith(principal, "spiffe:")) return "it is written without \"spiffe://\"";
  const size_t slash = principal.find('/');
  const absl::string_view domain = principal.substr(0, slash);
  if (domain.find('*') != absl::string_view::npos) return "it must be exact, without a wildcard";
  if (const absl::string_view wrong = WrongWithTrustDomain(domain); !wrong.empty()) {
    return domain.empty() ? "its trust domain is empty" : wrong;
  }
  if (slash == absl::string_view::npos) return "it has no path after the trust domain";
  for (const absl::string_view segment : absl::StrSplit(principal.substr(slash + 1), '/')) {
    if (const absl::string_view wrong = WrongWithSegment(segment); !wrong.empty()) return wrong;
  }
  return "";
}

absl::string_view WrongWithPrincipalPattern(absl::string_view pattern) {
  constexpr absl::string_view kWildcards =
      "a wildcard stands for whole segments at one end, as in td/ns/shop/* or */sa/web";
  if (pattern.size() > kMaxPrincipal) return "it has more than 2039 bytes";
  if (pattern == "*") return "";
  if (pattern.find('*') == absl::string_view::npos) return WrongWithPrincipal(pattern);
  absl::string_view fixed = pattern;
  if (absl::ConsumePrefix(&fixed, "*/")) {
    if (fixed.find('*') != absl::string_view::npos) return kWildcards;
    for (const absl::string_view segment : absl::StrSplit(fixed, '/')) {
      if (const absl::string_view wrong = WrongWithSegment(segment); !wrong.empty()) return wrong;
    }
    return "";
  }
  if (!absl::ConsumeSuffix(&fixed, "/*")) return kWildcards;
  if (fixed.find('*') != absl::string_view::npos) return kWildcards;
  if (fixed.find('/') == absl::string_view::npos) return WrongWithTrustDomain(fixed);
  return WrongWithPrincipal(fixed);
}

absl::string_view WrongWithName(absl::string_view name) {
  if (name.size() > kMaxName) return "it has more than 253 bytes";
  return WrongWithSegment(name);
}

}  // namespace firebreak::config
