// Moments as text for people and files: RFC 3339, in UTC.
#ifndef FIREBREAK_BASE_TIME_TEXT_H_
#define FIREBREAK_BASE_TIME_TEXT_H_

#include <string>

#include "absl/time/time.h"

namespace firebreak {

// AppendRfc3339 appends time with microseconds, "2026-11-21T22:44:01.123456Z". What is left of a
// microsecond is dropped; times outside years 0 to 9999 are clamped to that range.
void AppendRfc3339(absl::Time time, std::string* out);

// UtcText is the same with as many digits of the second's fraction as asked for, 0 to 6: by default
// "2026-11-21T22:44:01Z".
std::string UtcText(absl::Time time, int fraction_digits = 0);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_TIME_TEXT_H_
