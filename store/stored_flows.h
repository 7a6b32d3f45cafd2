// Going through the flows of a store, one after the other.
#ifndef FIREBREAK_STORE_STORED_FLOWS_H_
#define FIREBREAK_STORE_STORED_FLOWS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "flows/flow.h"

namespace firebreak::store {

// ForEachStored gives every flow of the segments that reach into the time from since to until to
// take, segment by segment, and within one as they came. Memory is that of one segment. A writer
// may be at work meanwhile. The error names the file that is damaged; until then flows were given.
absl::Status ForEachStored(const std::string& folder, absl::Time since, absl::Time until,
                           const std::function<void(flows::Flow&)>& take);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_STORED_FLOWS_H_
