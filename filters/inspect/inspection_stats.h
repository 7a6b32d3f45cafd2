// What is counted about inspection itself.
#ifndef FIREBREAK_FILTERS_INSPECT_INSPECTION_STATS_H_
#define FIREBREAK_FILTERS_INSPECT_INSPECTION_STATS_H_

#include <atomic>
#include <cstdint>

namespace firebreak::filters {

// InspectionStats has one writer, its worker, and any number of readers.
struct InspectionStats {
  // Messages that could not be inspected for a reason of our own; see fail_mode.
  std::atomic<uint64_t> errors = 0;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_INSPECTION_STATS_H_
