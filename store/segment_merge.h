// The flows of segments in the order of time, however the segments overlap.
#ifndef FIREBREAK_STORE_SEGMENT_MERGE_H_
#define FIREBREAK_STORE_SEGMENT_MERGE_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "flows/flow.h"
#include "store/segment_files.h"
#include "store/sqlite.h"

namespace firebreak::store {

struct TimeRange {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();  // this moment included
};

inline constexpr size_t kMergeBytes = size_t{512} << 20;

// MergeSegments gives the flows of files within range to take, in the order of time, until take
// returns false; of one moment, in the order in which they were stored. The files are ordered by
// first_us, as SegmentsFor has them. One that was retired meanwhile has no flows.
//
// Memory: a segment is read when its first moment has come, and then its rows are held. Where more
// segments hold one moment than have room in `bytes` together, each has a share by the number of
// its rows, so that many small ones take nothing from a large one: as many of its next rows as go
// in, by their mean size and one at least, and when these are given it is read anew for the next.
// Beside that, one segment is decoded whole.
absl::Status MergeSegments(const Database& catalog, const std::vector<SegmentFile>& files,
                           const TimeRange& range, const std::function<bool(flows::Flow&)>& take,
                           size_t bytes = kMergeBytes);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_SEGMENT_MERGE_H_
