// What the parts of a collector count.
#ifndef FIREBREAK_COLLECTOR_COLLECTOR_STATS_H_
#define FIREBREAK_COLLECTOR_COLLECTOR_STATS_H_

#include <chrono>
#include <cstdint>

namespace firebreak::collector {

// IntakeStats counts since the start.
struct IntakeStats {
  uint64_t batches = 0;       // stored
  uint64_t lines_stored = 0;  // that were new
  uint64_t lines_duplicate = 0;
  uint64_t lines_foreign = 0;     // of batches with a line that was not the sender's to report
  uint64_t lines_unreadable = 0;  // of batches that could not be read; 0 where nobody knows
  uint64_t batches_foreign = 0;
  uint64_t batches_unreadable = 0;
  uint64_t batches_put_off = 0;  // since the store could not take them
  uint64_t text_bytes = 0;       // of stored batches
  uint64_t flushes = 0;
  uint64_t failures = 0;  // of the disk
  uint64_t journal_damaged_places = 0;
  // Names, edges and sums that were not told apart: their reporter had told of too many that day.
  uint64_t catalog_among_others = 0;
  uint64_t retired_segments = 0;
  uint64_t retired_rows = 0;
  std::chrono::nanoseconds longest_flush{0};
};

// ServerStats counts since the start.
struct ServerStats {
  uint64_t accepted = 0;
  uint64_t turned_away = 0;  // beyond max_connections
  uint64_t handshakes_failed = 0;
  // Calls that ended since too many waited for room: of their identity, or in all.
  uint64_t crowded_by_one = 0;
  uint64_t crowded_by_all = 0;
  uint64_t message_bytes_held = 0;  // now
  uint64_t messages_waiting = 0;    // now, for room
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_COLLECTOR_STATS_H_
