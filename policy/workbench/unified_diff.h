// A change of one text as `patch` and `git apply` read it.
#ifndef FIREBREAK_POLICY_WORKBENCH_UNIFIED_DIFF_H_
#define FIREBREAK_POLICY_WORKBENCH_UNIFIED_DIFF_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::policy {

// UnifiedDiff returns the one hunk that turns before into after, with three lines around it; ""
// when they are equal. A relative file is named a/FILE and b/FILE, as `patch -p1` strips it; an
// absolute one by itself. Not escaped.
std::string UnifiedDiff(absl::string_view file, absl::string_view before, absl::string_view after);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_UNIFIED_DIFF_H_
