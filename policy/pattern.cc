#include "policy/pattern.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/principal_syntax.h"
#include "policy/wildcard.h"

namespace firebreak::policy {
namespace {

constexpr size_t kMaxValueBytes = 4096;
constexpr size_t kMaxShownBytes = 256;

bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", c);
}

// RFC 9110 section 5.5.
bool IsFieldChar(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

absl::Status Refuse(absl::string_view text, absl::string_view why) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  const bool cut = text.size() > kMaxShownBytes;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text.substr(0, kMaxShownBytes), cut ? "...\": " : "\": ", why));
}

}  // namespace

absl::StatusOr<StringPattern> StringPattern::ParsePrincipal(absl::string_view text) {
  if (const absl::string_view wrong = WrongWithPrincipalPattern(text); !wrong.empty()) {
    return Refuse(text, wrong);
  }
  if (text == "*") return StringPattern(Kind::kAny, "");
  // What is left of a pattern keeps its slash: the wildcard stands for whole segments.
  absl::string_view fixed = text;
  if (absl::ConsumeSuffix(&fixed, "*")) return StringPattern(Kind::kPrefix, fixed);
  if (absl::ConsumePrefix(&fixed, "*")) return StringPattern(Kind::kSuffix, fixed);
  return StringPattern(Kind::kExact, fixed);
}

// Charset is what a value may hold beside its "*", and what to say of anything else.
struct StringPattern::Charset {
  bool (*allows)(char);
  absl::string_view otherwise;
};

absl::StatusOr<StringPattern> StringPattern::ParseAffix(absl::string_view text,
                                                        const Charset& charset) {
  if (text.empty()) return Refuse(text, "");
  if (text.size() > kMaxValueBytes) return Refuse(text, "is too long");
  if (text == "*") return StringPattern(Kind::kAny, "");
  const std::optional<Wildcard> wildcard = Wildcard::Of(text);
  if (!wildcard.has_value()) {
    return Refuse(text, "at most one \"*\" is allowed, at the beginning or the end");
  }
  const absl::string_view fixed = wildcard->fixed;
  if (!std::all_of(fixed.begin(), fixed.end(), charset.allows)) {
    return Refuse(text, charset.otherwise);
  }
  return StringPattern(wildcard->Choose(Kind::kExact, Kind::kSuffix, Kind::kPrefix), fixed);
}

absl::StatusOr<StringPattern> StringPattern::ParseNamespace(absl::string_view text) {
  return ParseAffix(
      text, {IsSegmentCharacter, "a namespace has letters, digits, \".\", \"-\" and \"_\" only"});
}

absl::StatusOr<StringPattern> StringPattern::ParseTrustDomain(absl::string_view text) {
  constexpr absl::string_view kOtherwise =
      "a trust domain has lower-case letters, digits, \".\", \"-\" and \"_\" only";
  if (text.size() > kMaxTrustDomainBytes) return Refuse(text, kOtherwise);
  return ParseAffix(text, {IsTrustDomainCharacter, kOtherwise});
}

absl::StatusOr<StringPattern> StringPattern::ParseMethod(absl::string_view text) {
  return ParseAffix(text, {IsTokenChar, "is no method, such as \"GET\""});
}

absl::StatusOr<StringPattern> StringPattern::ParseGrpcName(absl::string_view text) {
  return ParseAffix(text, {IsSegmentCharacter,
                           "is no gRPC name: the service is written \"package.Service\", the "
                           "method \"Method\", both without \"/\""});
}

absl::StatusOr<StringPattern> StringPattern::ParseHeaderValue(absl::string_view text) {
  if (text != absl::StripAsciiWhitespace(text)) {
    return Refuse(text, "a header field has no blanks at its ends, so this matches nothing");
  }
  return ParseAffix(text, {IsFieldChar, "holds characters that no header field has"});
}

absl::StatusOr<StringPattern> StringPattern::ParseServerName(absl::string_view text) {
  if (text.size() > 1 && absl::EndsWith(text, ".")) {
    return Refuse(text, "a server name has no dot at its end");
  }
  return ParseAffix(absl::AsciiStrToLower(text),
                    {IsSegmentCharacter, "is no server name, such as \"api.example\""});
}

bool StringPattern::Matches(absl::string_view value) const {
  if (value.empty()) return false;
  switch (kind_) {
    case Kind::kAny:
      return true;
    case Kind::kExact:
      return value == text_;
    case Kind::kPrefix:
      return absl::StartsWith(value, text_);
    case Kind::kSuffix:
      return absl::EndsWith(value, text_);
  }
  return false;
}

std::string StringPattern::written() const {
  switch (kind_) {
    case Kind::kAny:
      return "*";
    case Kind::kExact:
      return text_;
    case Kind::kPrefix:
      return absl::StrCat(text_, "*");
    case Kind::kSuffix:
      break;
  }
  return absl::StrCat("*", text_);
}

absl::StatusOr<ServiceAccountPattern> ServiceAccountPattern::Parse(
    absl::string_view text, absl::string_view policy_namespace) {
  if (text.empty()) return Refuse(text, "");
  if (absl::StrContains(text, '*')) {
    return Refuse(text, "a service account takes no wildcard; use principals, as in \"*/sa/web\"");
  }
  const size_t slash = text.find('/');
  const bool named = slash != absl::string_view::npos;
  std::string account(named ? text.substr(slash + 1) : text);
  std::string account_namespace(named ? text.substr(0, slash) : policy_namespace);
  if (!WrongWithSegment(account).empty() || !WrongWithSegment(account_namespace).empty()) {
    return Refuse(text, "a service account is \"account\" or \"namespace/account\"");
  }
  return ServiceAccountPattern{std::move(account_namespace), std::move(account)};
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  // SimpleAtoi takes spaces and signs, which a port has not.
  const bool digits = !text.empty() && text.size() <= 5 && text[0] != '0' &&
                      std::all_of(text.begin(), text.end(), [](char c) {
                        return absl::ascii_isdigit(static_cast<unsigned char>(c));
                      });
  uint32_t port = 0;
  if (!digits || !absl::SimpleAtoi(text, &port) || port > 65535) {
    return Refuse(text, "a port is a number from 1 to 65535");
  }
  return static_cast<uint16_t>(port);
}

}  // namespace firebreak::policy
