// The values of `paths` in a policy: exact, prefix, suffix and template.
#ifndef FIREBREAK_POLICY_PATH_PATTERN_H_
#define FIREBREAK_POLICY_PATH_PATTERN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/verdict.h"

namespace firebreak::policy {

// PathDialect is whose document a path pattern stands in. Istio's keep Istio's meaning: a prefix
// may end inside a segment ("/info*" matches "/information"), and "/a/{**}" does not match "/a".
enum class PathDialect { kFirebreak, kIstio };

// PathPattern is one value of paths: "*", "/exact", "/prefix/*", "*suffix", or a template such as
// "/v1/{*}/items/{**}". Case counts. It is matched against the canonical path (http/canonical.h),
// which has no query, no dot segments and no empty segment but the last.
class PathPattern {
 public:
  enum class Kind { kAny, kExact, kPrefix, kSuffix, kTemplate };

  // Parse refuses what no canonical path can match, such as "/a//b" or "/%7Ejoe": the error says
  // how requests spell it.
  static absl::StatusOr<PathPattern> Parse(absl::string_view text, PathDialect dialect);

  bool Matches(absl::string_view path) const;

  Kind kind() const { return kind_; }
  // literal is the pattern without its "*" or final "/{**}"; of a template, "{*}" segments and all.
  absl::string_view literal() const { return literal_; }
  // exact returns the one path that matches, or "" when there may be others.
  absl::string_view exact() const { return kind_ == Kind::kExact ? literal_ : absl::string_view(); }
  // open_end: a template that ends in "{**}", which matches zero or more segments; with needs_slash
  // at least the "/" before them.
  bool open_end() const { return open_end_; }
  bool needs_slash() const { return needs_slash_; }
  // cuts_segment: a prefix that ends inside a segment.
  bool cuts_segment() const;
  // written is the pattern as its author wrote it; never null.
  const SharedString& written() const { return written_; }

 private:
  PathPattern(Kind kind, absl::string_view literal, absl::string_view written);
  static absl::StatusOr<PathPattern> ParseTemplate(absl::string_view text, PathDialect dialect);
  bool MatchesTemplate(absl::string_view path) const;

  Kind kind_;
  bool open_end_ = false;
  bool needs_slash_ = false;
  std::string literal_;
  SharedString written_;
};

// PathSegments walks the segments of a path that starts with "/": "/a/" has "a" and "".
class PathSegments {
 public:
  // path may be empty, which has no segments.
  explicit PathSegments(absl::string_view path) : rest_(path) {}

  bool done() const { return rest_.empty(); }
  // Next needs !done().
  absl::string_view Next();

 private:
  absl::string_view rest_;  // empty, or "/" and what follows
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PATH_PATTERN_H_
