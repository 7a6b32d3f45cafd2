// Reads flow lines back.
#ifndef FIREBREAK_FLOWS_JSON_READER_H_
#define FIREBREAK_FLOWS_JSON_READER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// kMaxFlowLineBytes bounds one line; the writer stays far below it.
inline constexpr size_t kMaxFlowLineBytes = size_t{1} << 20;

// ParseFlowLine reads one line, without its line feed. Unknown fields of any shape are passed over;
// a known field of the wrong type, a number out of range, a missing time or event, a control
// character that is no blank, and anything that is not one JSON object are errors that say what and
// at which byte. Lines are bytes somebody else wrote: no input crashes it, and memory follows the
// line's size.
absl::StatusOr<Flow> ParseFlowLine(absl::string_view line);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_JSON_READER_H_
