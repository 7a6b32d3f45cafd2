// Trying the requests that a pack brings along.
#ifndef FIREBREAK_INSPECT_PACK_PACK_TRIAL_H_
#define FIREBREAK_INSPECT_PACK_PACK_TRIAL_H_

#include <string>

#include "absl/status/statusor.h"

#include "http/message.h"
#include "inspect/pack/rule_pack.h"

namespace firebreak::inspect {

// TrialMatches says whether the rule matches a request, whose path is the target with its query, as
// a codec would hand it on. InvalidArgument: canonicalisation refuses the request, so that no rule
// would ever see it.
absl::StatusOr<bool> TrialMatches(const PackRule& rule, http::Request request,
                                  const std::string& body);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PACK_PACK_TRIAL_H_
