// ObservationQueue: what a worker has seen, for the thread that learns from it.
#ifndef FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_
#define FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "inspect/baseline/observation.h"
#include "inspect/baseline/protocol_model.h"
#include "inspect/baseline/sample_ring.h"

namespace firebreak::inspect {

// Requests and connections, each in the order in which they came. To learn from a sample of them is
// enough: what finds no room is dropped and counted.
class ObservationQueue {
 public:
  static constexpr size_t kSlots = 64;  // of each kind
  // With more fields than a route learns (RouteModel) a request is dropped as well: it bounds the
  // memory of a queue, to less than a megabyte.
  static constexpr size_t kMaxFields = 64;

  // Push takes what was seen and leaves an old one to be begun anew. False: it was dropped.
  bool Push(Observation& request) {
    return Counted(request.size() <= kMaxFields && requests_.Push(request));
  }
  bool Push(SpokenSample& connection) { return Counted(connections_.Push(connection)); }

  // Pop gives the oldest out; false when there is none.
  bool Pop(Observation& request) { return requests_.Pop(request); }
  bool Pop(SpokenSample& connection) { return connections_.Pop(connection); }

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  bool Counted(bool pushed) {
    if (!pushed) dropped_.fetch_add(1, std::memory_order_relaxed);
    return pushed;
  }

  SampleRing<Observation, kSlots> requests_;
  SampleRing<SpokenSample, kSlots> connections_;
  std::atomic<uint64_t> dropped_{0};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_
