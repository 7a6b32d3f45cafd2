// The hint for a misspelt name.
#ifndef FIREBREAK_CONFIG_DID_YOU_MEAN_H_
#define FIREBREAK_CONFIG_DID_YOU_MEAN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::config {

// DidYouMean returns `did you mean "principals"?` for the candidate nearest to wrong, ignoring
// case, or "" when none is near enough to be a slip of the keyboard. The first of equals wins.
std::string DidYouMean(absl::string_view wrong, absl::Span<const absl::string_view> candidates);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_DID_YOU_MEAN_H_
