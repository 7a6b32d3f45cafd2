#include "base/path_template.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/text_shape.h"

namespace firebreak {
namespace {

constexpr size_t kLongestSegment = 64;
constexpr size_t kShortestHexId = 8;
constexpr size_t kShortestNumberAtEnd = 3;
constexpr size_t kSwitchesOfId = 4;  // "v2beta1" has 3
constexpr absl::string_view kRest = "/{**}";

bool IsUuid(absl::string_view text) { return text.size() == kUuidSize && StartsWithUuid(text); }

bool Holds(absl::string_view text, char c) { return text.find(c) != absl::string_view::npos; }

bool IsHexId(const TextShape& shape) {
  return shape.hex == shape.size() && shape.size() >= kShortestHexId && shape.digits > 0;
}

// IsNumber: what is no digit stands between digits.
bool IsNumber(absl::string_view text, const TextShape& shape) {
  return shape.digits > 0 && shape.letters == 0 &&
         text.find_first_not_of("0123456789.,:+-") == absl::string_view::npos;
}

// EndsInId looks behind the last "-" or "_".
bool EndsInId(absl::string_view segment) {
  size_t joint = segment.size();
  while (joint > 0 && segment[joint - 1] != '-' && segment[joint - 1] != '_') --joint;
  if (joint == 0) return false;
  const absl::string_view end = segment.substr(joint);
  const TextShape shape = ShapeOf(end);
  if (shape.digits == end.size() && shape.digits >= kShortestNumberAtEnd) return true;
  if (IsHexId(shape) || shape.switches >= kSwitchesOfId) return true;
  if (segment.size() <= kUuidSize) return false;
  const char before_uuid = segment[segment.size() - kUuidSize - 1];
  return (before_uuid == '-' || before_uuid == '_') &&
         IsUuid(segment.substr(segment.size() - kUuidSize));
}

}  // namespace

bool IsIdSegment(absl::string_view segment) {
  if (segment.size() > kLongestSegment) return true;
  const TextShape shape = ShapeOf(segment);
  if (shape.letters == segment.size()) return false;  // the most frequent, and often the shortest
  // Only letters and digits: there is neither a joint to look behind nor anything odd.
  if (shape.others == 0) {
    return shape.letters == 0 || IsHexId(shape) || shape.switches >= kSwitchesOfId;
  }
  if (segment == kRedactedSegment || Holds(segment, '@') || Holds(segment, '%')) return true;
  return IsUuid(segment) || IsNumber(segment, shape) || EndsInId(segment);
}

std::string PathTemplate(absl::string_view path) {
  std::string route;
  route.reserve(std::min(path.size() + kIdSegment.size(), kMaxTemplateBytes));
  size_t segments = 0;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const absl::string_view segment = path.substr(begin, end - begin);
    const absl::string_view shown = IsIdSegment(segment) ? kIdSegment : segment;
    const absl::string_view slash = begin > 0 ? "/" : "";
    // The empty segment before the first slash is none.
    segments += begin > 0 || end > 0 ? 1 : 0;
    const bool full = segments > kMaxTemplateSegments ||
                      route.size() + 1 + shown.size() > kMaxTemplateBytes - kRest.size();
    absl::StrAppend(&route, full ? kRest : slash, full ? "" : shown);
    if (full) break;
    begin = end + 1;
  }
  return route;
}

}  // namespace firebreak
