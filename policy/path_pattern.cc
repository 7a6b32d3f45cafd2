#include "policy/path_pattern.h"

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "http/fault.h"
#include "http/path.h"
#include "policy/wildcard.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kOneSegment = "{*}";
constexpr absl::string_view kOpenEnd = "/{**}";
constexpr absl::string_view kOpenEndAndSlash = "/{**}/";
constexpr size_t kMaxPatternBytes = 4096;

absl::Status Refuse(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": ", why));
}

// CheckCanonical: sample is a path that the pattern is to match. One that requests never have would
// make an ALLOW useless and a DENY a hole.
absl::Status CheckCanonical(absl::string_view text, absl::string_view sample) {
  if (!absl::StartsWith(sample, "/")) return Refuse(text, "a path begins with \"/\"");
  if (absl::StrContains(sample, '?')) {
    return Refuse(text, "paths are compared without query; leave out \"?\" and what follows");
  }
  std::string canonical(sample);
  const http::PathRules everything{
      .allow_escaped_slash = true, .allow_parameters = true, .allow_non_ascii = true};
  if (http::NormalisePath(everything, canonical) != http::Fault::kNone) {
    return Refuse(text, "no request that is let in has such a path");
  }
  if (canonical == sample) return absl::OkStatus();
  return Refuse(text, absl::StrCat("requests are compared in their canonical form, where \"",
                                   sample, "\" reads \"", canonical, "\""));
}

}  // namespace

absl::string_view PathSegments::Next() {
  const size_t end = rest_.find('/', 1);
  const absl::string_view segment = rest_.substr(1, end == absl::string_view::npos ? end : end - 1);
  rest_ = end == absl::string_view::npos ? absl::string_view() : rest_.substr(end);
  return segment;
}

PathPattern::PathPattern(Kind kind, absl::string_view literal, absl::string_view written)
    : kind_(kind), literal_(literal), written_(std::make_shared<const std::string>(written)) {}

absl::StatusOr<PathPattern> PathPattern::Parse(absl::string_view text, PathDialect dialect) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  if (text.size() > kMaxPatternBytes) return Refuse(text.substr(0, 64), "is too long");
  if (text == "*") return PathPattern(Kind::kAny, "", text);
  if (absl::StrContains(text, '{') || absl::StrContains(text, '}')) {
    return ParseTemplate(text, dialect);
  }
  const std::optional<Wildcard> wildcard = Wildcard::Of(text);
  if (!wildcard.has_value()) {
    return Refuse(text,
                  "at most one \"*\" is allowed, at the beginning or the end; one segment is "
                  "\"{*}\", all that follow are \"{**}\"");
  }
  const absl::string_view fixed = wildcard->fixed;
  const Kind kind = wildcard->Choose(Kind::kExact, Kind::kSuffix, Kind::kPrefix);
  const std::string sample =
      absl::StrCat(kind == Kind::kSuffix ? "/x" : "", fixed, kind == Kind::kPrefix ? "x" : "");
  absl::Status canonical = CheckCanonical(text, sample);
  if (!canonical.ok()) return canonical;
  PathPattern pattern(kind, fixed, text);
  if (pattern.cuts_segment() && dialect == PathDialect::kFirebreak) {
    return Refuse(text, absl::StrCat("a prefix ends at a \"/\", or it would match \"", fixed,
                                     "-and-more\" too: write \"", fixed,
                                     "/*\" for what is below, "
                                     "\"",
                                     fixed, "/{**}\" for the path itself and what is below"));
  }
  return pattern;
}

absl::StatusOr<PathPattern> PathPattern::ParseTemplate(absl::string_view text,
                                                       PathDialect dialect) {
  constexpr absl::string_view kWhere =
      "\"{*}\" stands for one whole segment, \"{**}\" for all that follow and only at the end; "
      "neither goes with \"*\"";
  absl::string_view fixed = text;
  std::string longer;
  bool open_end = absl::ConsumeSuffix(&fixed, kOpenEnd);
  // Istio documents "/a/{**}/" as what is below "/a/" and has another "/": one segment, and more.
  if (!open_end && dialect == PathDialect::kIstio &&
      absl::ConsumeSuffix(&fixed, kOpenEndAndSlash)) {
    longer = absl::StrCat(fixed, "/", kOneSegment);
    fixed = longer;
    open_end = true;
  }
  std::string sample = fixed.empty() ? "/" : "";
  if (!fixed.empty() && fixed[0] != '/') return Refuse(text, "a path begins with \"/\"");
  for (PathSegments segments(fixed); !segments.done();) {
    absl::string_view segment = segments.Next();
    if (segment == kOneSegment) segment = "x";
    if (segment.find_first_of("{}*") != absl::string_view::npos) return Refuse(text, kWhere);
    absl::StrAppend(&sample, "/", segment);
  }
  absl::Status canonical = CheckCanonical(text, sample);
  if (!canonical.ok()) return canonical;
  if (open_end && absl::EndsWith(fixed, "/")) return Refuse(text, "has an empty segment");
  PathPattern pattern(Kind::kTemplate, fixed, text);
  pattern.open_end_ = open_end;
  pattern.needs_slash_ = open_end && dialect == PathDialect::kIstio;
  return pattern;
}

bool PathPattern::cuts_segment() const {
  return kind_ == Kind::kPrefix && !absl::EndsWith(literal_, "/");
}

bool PathPattern::Matches(absl::string_view path) const {
  switch (kind_) {
    case Kind::kAny:
      return !path.empty();
    case Kind::kExact:
      return path == literal_;
    case Kind::kPrefix:
      return absl::StartsWith(path, literal_);
    case Kind::kSuffix:
      return absl::EndsWith(path, literal_);
    case Kind::kTemplate:
      return MatchesTemplate(path);
  }
  return false;
}

bool PathPattern::MatchesTemplate(absl::string_view path) const {
  if (!absl::StartsWith(path, "/")) return false;  // OPTIONS *
  PathSegments have(path);
  for (PathSegments want(literal_); !want.done();) {
    if (have.done()) return false;
    const absl::string_view wanted = want.Next();
    const absl::string_view segment = have.Next();
    if (wanted == kOneSegment ? segment.empty() : wanted != segment) return false;
  }
  return open_end_ ? !needs_slash_ || !have.done() : have.done();
}

}  // namespace firebreak::policy
