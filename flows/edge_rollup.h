// EdgeRollup sums what ends, edge by edge and minute by minute, so that counts are there whatever
// becomes of single lines.
#ifndef FIREBREAK_FLOWS_EDGE_ROLLUP_H_
#define FIREBREAK_FLOWS_EDGE_ROLLUP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/verdict.h"
#include "flows/record.h"

namespace firebreak::flows {

// EdgeSums counts what ended: connections and requests. What is measured are requests, and
// connections that carry none: their bytes and how long they took.
struct EdgeSums {
  // kBounds are the upper ends of the histogram, in microseconds, each included.
  static constexpr std::array<uint64_t, 7> kBounds = {1'000,   5'000,     25'000,    100'000,
                                                      500'000, 2'500'000, 10'000'000};

  // Count takes a CLOSE or REQUEST record.
  void Count(const Record& record);

  uint64_t connections = 0;
  uint64_t requests = 0;
  uint64_t errors = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t latency_count = 0;
  uint64_t latency_sum_us = 0;
  std::array<uint64_t, kBounds.size()> within{};  // by bound: how many took no longer
};

// EdgeOf is what records of one edge have in common. A null principal is nobody known, or the
// reporter itself, at its own end.
struct EdgeOf {
  Direction direction = Direction::kInbound;
  Verdict verdict = Verdict::kDropped;
  SharedString source = nullptr;
  SharedString destination = nullptr;
  uint16_t port = 0;    // of the destination
  bool others = false;  // edges that found no room; then none of the above but the first two

  friend bool operator==(const EdgeOf& a, const EdgeOf& b);
  template <typename H>
  friend H AbslHashValue(H hash, const EdgeOf& edge) {
    static const std::string nobody;
    return H::combine(std::move(hash), edge.direction, edge.verdict,
                      edge.source != nullptr ? *edge.source : nobody,
                      edge.destination != nullptr ? *edge.destination : nobody, edge.port,
                      edge.others);
  }
};

// RollupLine is what a ROLLUP line tells: the sums of an edge over `length`, which ends at `time`.
struct RollupLine {
  EdgeOf edge;
  EdgeSums sums;
  absl::Time time;
  absl::Duration length;
};

// The sums end with the minute of the wall clock; what ends in a minute in which nothing was
// counted before begins them. Beyond max_edges, what comes of further edges is summed together, by
// direction and verdict. For one thread.
class EdgeRollup {
 public:
  // max_edges 0 sums nothing.
  EdgeRollup(size_t max_edges, const Clock& clock);

  // Take counts a record of what ended; others it passes over.
  void Take(const Record& record);

  // UntilDue is how long until the minute is over; infinite while there is nothing to tell.
  absl::Duration UntilDue() const;
  // HandOn gives out the sums so far, and begins anew.
  void HandOn(const std::function<void(const RollupLine&)>& take);

 private:
  const size_t max_edges_;
  const Clock& clock_;
  absl::flat_hash_map<EdgeOf, EdgeSums> edges_;
  MonoTime began_;  // at the earliest: when the last sums were handed on
  MonoTime due_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_EDGE_ROLLUP_H_
