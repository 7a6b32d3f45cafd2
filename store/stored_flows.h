// Going through the flows of a store, one after the other.
#ifndef FIREBREAK_STORE_STORED_FLOWS_H_
#define FIREBREAK_STORE_STORED_FLOWS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "flows/flow.h"
#include "store/segment_files.h"
#include "store/sqlite.h"

namespace firebreak::store {

// ForEachStored gives every flow from since to until to take, in the order of time, until take
// returns false. Memory is that of MergeSegments. The folder may be the name of a ClickHouseStore,
// and then the server sorts. A writer may be at work meanwhile. The error names the file that is
// damaged; until then flows were given.
absl::Status ForEachStored(const std::string& folder, absl::Time since, absl::Time until,
                           const std::function<bool(flows::Flow&)>& take);

// ForEachIn does so with every flow, of the question's time, of the segments that it asks for.
absl::Status ForEachIn(const Database& catalog, const std::string& folder,
                       const SegmentQuestion& question,
                       const std::function<bool(flows::Flow&)>& take);

// LostRecords is how many records of the time the store's sidecars say are missing in it: what
// never became lines, and lines lost by the sinks that the store is filled by. What other sinks
// lost, it has.
absl::StatusOr<uint64_t> LostRecords(const std::string& folder, absl::Time since, absl::Time until);

// StoredTail gives the flows of a store that are not before `since`, and goes on with what comes.
// For one thread.
class StoredTail {
 public:
  static absl::StatusOr<StoredTail> Open(std::string folder, absl::Time since);

  // Next gives the flows of all segments that were added since the last call, in the order of time;
  // the first call gives all there are. After an error, or once take returned false, it is of no
  // more use.
  absl::Status Next(const std::function<bool(flows::Flow&)>& take);

 private:
  StoredTail(std::string folder, absl::Time since, Database catalog)
      : folder_(std::move(folder)), since_(since), catalog_(std::move(catalog)) {}

  std::string folder_;
  absl::Time since_;
  Database catalog_;
  int64_t last_ = 0;  // segment; ids only grow
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_STORED_FLOWS_H_
