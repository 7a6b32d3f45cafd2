// Holds what a sender reports to who the sender is.
#ifndef FIREBREAK_COLLECTOR_LINE_CHECK_H_
#define FIREBREAK_COLLECTOR_LINE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/flow.h"

namespace firebreak::collector {

// CheckedLines is a batch that was taken apart.
struct CheckedLines {
  // OK; PermissionDenied: a line is not the sender's to report; InvalidArgument: a line that is
  // none, or of no side of a flow, or of the future, or with names that nobody has; or lines that
  // are not a stretch of one run.
  absl::Status status;
  std::vector<flows::Flow> flows;  // only when OK, never empty then
  uint64_t run = 0;                // run_id as a number
  std::string claimed;             // PermissionDenied: whom the line speaks for instead
};

// How far a line may be ahead of the collector's clock. Whose clocks differ by more does not hold
// the other's SVID to be valid, so a line from further ahead is no honest sidecar's.
inline constexpr absl::Duration kMaxAhead = absl::Hours(24);

// The words of closed lists, also of those of a later version, are no longer than this: `verdict`,
// `reason` and the like. Principals have kMaxPrincipalBytes.
inline constexpr size_t kMaxWordBytes = 64;

// CheckLines takes lines, each with its line feed, of a sender whose SVID proved `principal`. Every
// line must name it as reporter.principal, and, where it names a principal at the reporter's own
// end of the flow, there too; so a line of a flow says which end that is. All lines are of one run,
// in the order of their sequence. An `event` that is not known is that of a later sidecar.
CheckedLines CheckLines(absl::string_view text, absl::string_view principal, absl::Time now);

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_LINE_CHECK_H_
