// The route behind a path, for counting requests by what they ask rather than by whom they name.
#ifndef FIREBREAK_BASE_PATH_TEMPLATE_H_
#define FIREBREAK_BASE_PATH_TEMPLATE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak {

// kRedactedSegment stands in a log where a segment of a path stood.
inline constexpr absl::string_view kRedactedSegment = "{redacted}";
// kIdSegment stands where an id stood.
inline constexpr absl::string_view kIdSegment = "{id}";

// Bounds of a template. A path that goes on behind them ends in "/{**}".
inline constexpr size_t kMaxTemplateSegments = 16;
inline constexpr size_t kMaxTemplateBytes = 256;

// PathTemplate makes "/v1/charges/{id}/items" of "/v1/charges/123/items". The path is canonical,
// and may be redacted. "{id}" replaces a segment that
// - is a number, a date, a version or an address: digits, and nothing else but ".", ",", ":", "+"
//   and "-" between them;
// - is a UUID, or 8 or more hex digits of which one at least is no letter;
// - ends, behind a "-" or "_", in one of these, or in 3 digits or more ("order-1234", but not
//   "us-east-1");
// - goes from letters to digits or back four times or more ("dQw4w9WgXcQ");
// - was redacted;
// - holds "@" or an escape, or is longer than 64 bytes: a name that somebody typed, not a route.
// It is a guess: "/users/ann" and "/users/bob" stay two. The pattern of a rule is better, where
// there is one.
std::string PathTemplate(absl::string_view path);

// IsIdSegment tells whether the text between two slashes is what "{id}" replaces.
bool IsIdSegment(absl::string_view segment);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_PATH_TEMPLATE_H_
