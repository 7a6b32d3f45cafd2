// SampleRing: the way of samples from a worker to the thread that learns from them.
#ifndef FIREBREAK_INSPECT_BASELINE_SAMPLE_RING_H_
#define FIREBREAK_INSPECT_BASELINE_SAMPLE_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace firebreak::inspect {

// One thread pushes and one pops; neither ever waits for the other. Samples are exchanged, not
// copied, so that in the long run nothing is allocated.
template <typename Sample, size_t kSlots>
class SampleRing {
 public:
  // Push takes the sample and leaves an old one. False: there is no room.
  bool Push(Sample& sample) {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kSlots) return false;
    std::swap(slots_[tail % kSlots], sample);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Pop gives the oldest out; false when there is none.
  bool Pop(Sample& sample) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    std::swap(slots_[head % kSlots], sample);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  static constexpr size_t kCacheLine = 64;

  std::array<Sample, kSlots> slots_;
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};  // written by the thread that pushes
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};  // by the one that pops
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_SAMPLE_RING_H_
