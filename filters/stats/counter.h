// Counters of one worker that everybody may read.
#ifndef FIREBREAK_FILTERS_STATS_COUNTER_H_
#define FIREBREAK_FILTERS_STATS_COUNTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/verdict.h"

namespace firebreak::filters {

// Counter has one writer, its worker, and any number of readers: none is ever shared between
// workers. Readers sum.
using Counter = std::atomic<uint64_t>;

// Add is for the only writer, who needs no atomic addition: a plain load and store that readers may
// see between.
inline void Add(Counter& counter, uint64_t count) {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

inline constexpr int kDirections = static_cast<int>(Direction::kOutbound) + 1;
inline constexpr int kVerdicts = static_cast<int>(Verdict::kError) + 1;

using CountByDirection = Counter[kDirections];
using CountOfEnds = Counter[kDirections][kVerdicts][kReasonCount];

inline void AddEnd(CountOfEnds& ends, Direction direction, Verdict verdict, Reason reason) {
  Add(ends[static_cast<size_t>(direction)][static_cast<size_t>(verdict)]
          [static_cast<size_t>(reason)],
      1);
}

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_STATS_COUNTER_H_
