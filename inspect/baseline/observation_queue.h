// ObservationQueue: the way of observations from a worker to the thread that learns from them.
#ifndef FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_
#define FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "inspect/baseline/observation.h"

namespace firebreak::inspect {

// One thread pushes and one pops; neither ever waits for the other. Observations are exchanged, not
// copied, so that in the long run nothing is allocated. To learn from a sample is enough: what
// finds no room is dropped and counted.
class ObservationQueue {
 public:
  static constexpr size_t kSlots = 64;
  // With more fields than a route learns (RouteModel) a request is dropped as well: it bounds the
  // memory of a queue, to less than a megabyte.
  static constexpr size_t kMaxFields = 64;

  // Push takes the request and leaves an observation to be begun anew. False: it was dropped.
  bool Push(Observation& observation) {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (observation.size() > kMaxFields || tail - head_.load(std::memory_order_acquire) == kSlots) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    std::swap(slots_[tail % kSlots], observation);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Pop gives the oldest out; false when there is none.
  bool Pop(Observation& observation) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    std::swap(slots_[head % kSlots], observation);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kCacheLine = 64;

  std::array<Observation, kSlots> slots_;
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};  // written by the thread that pushes
  std::atomic<uint64_t> dropped_{0};
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};  // by the one that pops
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_OBSERVATION_QUEUE_H_
