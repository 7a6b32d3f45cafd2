// Moments and spans of time as people write them: one grammar for options and for questions.
#ifndef FIREBREAK_BASE_MOMENT_H_
#define FIREBREAK_BASE_MOMENT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak {

// ParseMoment takes RFC 3339 and what is left of it when its end is left out: a day, or one and,
// after a T or a space, an hour, minutes, seconds, a fraction; then Z or an offset such as +02:00,
// and without either it is UTC. Returns microseconds since 1970; what a fraction has beyond is cut.
std::optional<int64_t> ParseMoment(absl::string_view text);

// ParseSpan takes a length of time: 7d, 1d12h, 90m, 1.5h, 500ms. Nothing for what is negative, for
// ever, or none.
std::optional<absl::Duration> ParseSpan(absl::string_view text);

// ParsePast takes a moment, or a span before now.
std::optional<absl::Time> ParsePast(absl::string_view text, absl::Time now);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_MOMENT_H_
