// The way of flow records off the data path: one bounded queue per worker, without locks.
#ifndef FIREBREAK_FLOWS_RING_H_
#define FIREBREAK_FLOWS_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "flows/doorbell.h"
#include "flows/record.h"

namespace firebreak::flows {

// Ring is a queue with exactly one producer thread (a worker) and one consumer thread (the flow
// thread). Neither ever waits for the other: a push into a full ring drops the record and counts
// it.
//
// The slot that was given back last is used next. So no more of them are ever touched than records
// have waited at a time: the others cost address space, not memory, and those few stay in the
// processor's cache.
//
// The consumer reads a record where it lies, and what it leaves there stays until the next pushes:
// what a record shares has its holders counted, and what it owns is allocated and freed, by the
// producer's thread alone.
class Ring {
 public:
  static constexpr size_t kDefaultSlots = 2048;
  // So many that wait are worth waking a consumer that naps: their lines make about one batch, and
  // more of them would not stay in the processor's cache.
  static constexpr size_t kPile = 192;

  // Slots is rounded up to a power of two. The doorbell is rung when the consumer sleeps, or naps
  // while kPile records wait, or half of the slots if that is less; it must outlive the ring, and
  // may be null in tests.
  explicit Ring(size_t slots = kDefaultSlots, Doorbell* doorbell = nullptr);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Push queues the record; false means that the ring was full and the record is lost and counted.
  // Producer thread only. Allocates nothing, and makes no system call but to wake the consumer. It
  // destroys a few of the records that were read.
  bool Push(Record&& record);

  // Front returns the oldest record, which is the consumer's to read or to move from until
  // PopFront; null when the ring is empty. Consumer thread only. dropped_before receives how many
  // records had been dropped, since the beginning, when this record was pushed: the loss lies
  // before it.
  Record* Front(uint64_t* dropped_before);
  // PopFront gives the slot of what Front returned back to the producer.
  void PopFront();

  // Empty is exact on the consumer thread and a guess on any other.
  bool Empty() const;

  // dropped counts pushes that found the ring full. Any thread.
  uint64_t dropped() const { return dropped_.load(std::memory_order_acquire); }
  size_t slots() const { return mask_ + 1; }

 private:
  struct Slot {
    Record record;
    uint64_t dropped_before;
  };
  static constexpr size_t kCacheLine = 64;

  Slot* SlotOf(uint64_t index) const;
  void TakeBack();
  void CallConsumer(uint64_t tail);
  std::byte* FreePlace(uint32_t* number);

  const size_t mask_;
  const size_t pile_;
  Doorbell* const doorbell_;
  // Raw storage: the slots of indices from taken_back_ to tail_ hold live objects, the others
  // nothing. None of these arrays is touched before it is used.
  std::unique_ptr<std::byte[]> storage_;
  std::unique_ptr<uint32_t[]> slots_;  // by index & mask_: the number of its slot
  std::unique_ptr<uint32_t[]> free_;   // the producer's: slots that may be used again, a stack

  // Written by the producer. Indices only grow.
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};
  std::atomic<uint64_t> dropped_{0};
  uint64_t known_head_ = 0;  // the producer's last look at head_
  uint64_t taken_back_ = 0;  // up to here slots were emptied
  size_t free_count_ = 0;
  size_t ever_used_ = 0;  // slots, from the first

  // Written by the consumer.
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};
  uint64_t known_tail_ = 0;  // the consumer's last look at tail_
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_RING_H_
