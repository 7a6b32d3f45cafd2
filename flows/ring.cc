#include "flows/ring.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace firebreak::flows {

Ring::Ring(size_t slots, Doorbell* doorbell)
    : mask_(std::bit_ceil(slots < 2 ? size_t{2} : slots) - 1),
      doorbell_(doorbell),
      storage_(new std::byte[(mask_ + 1) * sizeof(Slot)]) {
  static_assert(alignof(Slot) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}

Ring::~Ring() {
  const uint64_t used = std::min<uint64_t>(tail_.load(std::memory_order_acquire), slots());
  for (uint64_t i = 0; i < used; ++i) SlotAt(i)->~Slot();
}

Ring::Slot* Ring::SlotAt(uint64_t index) const {
  return std::launder(reinterpret_cast<Slot*>(storage_.get() + (index & mask_) * sizeof(Slot)));
}

bool Ring::Push(Record&& record) {
  const uint64_t tail = tail_.load(std::memory_order_relaxed);
  if (tail - known_head_ > mask_) {
    known_head_ = head_.load(std::memory_order_acquire);
    if (tail - known_head_ > mask_) {
      // Release: whoever sees this drop also sees every record pushed before it.
      dropped_.fetch_add(1, std::memory_order_release);
      return false;
    }
  }
  const uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  if (tail <= mask_) {
    new (storage_.get() + tail * sizeof(Slot)) Slot{std::move(record), dropped};
  } else {
    *SlotAt(tail) = {std::move(record), dropped};
  }
  // Sequentially consistent for the doorbell's sake: see Doorbell.
  tail_.store(tail + 1, std::memory_order_seq_cst);
  if (doorbell_ != nullptr) doorbell_->RingIfAsleep();
  return true;
}

Record* Ring::Front(uint64_t* dropped_before) {
  const uint64_t head = head_.load(std::memory_order_relaxed);
  if (head == known_tail_) {
    known_tail_ = tail_.load(std::memory_order_seq_cst);
    if (head == known_tail_) return nullptr;
  }
  Slot* slot = SlotAt(head);
  *dropped_before = slot->dropped_before;
  return &slot->record;
}

void Ring::PopFront() {
  head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

bool Ring::Empty() const {
  return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_seq_cst);
}

}  // namespace firebreak::flows
