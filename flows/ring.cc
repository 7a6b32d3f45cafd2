#include "flows/ring.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace firebreak::flows {
namespace {

constexpr uint64_t kTakenBackAtOnce = 4;

}  // namespace

Ring::Ring(size_t slots, Doorbell* doorbell)
    : mask_(std::bit_ceil(slots < 2 ? size_t{2} : slots) - 1),
      pile_(std::min(kPile, (mask_ + 1) / 2)),
      doorbell_(doorbell),
      storage_(new std::byte[(mask_ + 1) * sizeof(Slot)]),
      slots_(new uint32_t[mask_ + 1]),
      free_(new uint32_t[mask_ + 1]) {
  static_assert(alignof(Slot) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}

Ring::~Ring() {
  const uint64_t tail = tail_.load(std::memory_order_acquire);
  for (uint64_t i = taken_back_; i < tail; ++i) SlotOf(i)->~Slot();
}

Ring::Slot* Ring::SlotOf(uint64_t index) const {
  return std::launder(
      reinterpret_cast<Slot*>(storage_.get() + slots_[index & mask_] * sizeof(Slot)));
}

// TakeBack empties slots that the consumer has read. A few at a time are enough to keep up, and no
// single push pays for all that was read since the last.
void Ring::TakeBack() {
  if (taken_back_ == known_head_) known_head_ = head_.load(std::memory_order_acquire);
  const uint64_t end = std::min(known_head_, taken_back_ + kTakenBackAtOnce);
  for (; taken_back_ < end; ++taken_back_) {
    SlotOf(taken_back_)->~Slot();
    free_[free_count_++] = slots_[taken_back_ & mask_];
  }
}

// FreePlace is null when every slot holds a record that was not read yet.
std::byte* Ring::FreePlace(uint32_t* number) {
  if (free_count_ > 0) {
    *number = free_[--free_count_];
  } else if (ever_used_ <= mask_) {
    *number = static_cast<uint32_t>(ever_used_++);
  } else {
    return nullptr;
  }
  return storage_.get() + *number * sizeof(Slot);
}

bool Ring::Push(Record&& record) {
  TakeBack();
  const uint64_t tail = tail_.load(std::memory_order_relaxed);
  std::byte* const place = FreePlace(&slots_[tail & mask_]);
  if (place == nullptr) {
    // Release: whoever sees this drop also sees every record pushed before it.
    dropped_.fetch_add(1, std::memory_order_release);
    if (doorbell_ != nullptr) doorbell_->RingIfDozing();
    return false;
  }
  new (place) Slot{std::move(record), dropped_.load(std::memory_order_relaxed)};
  // Sequentially consistent for the doorbell's sake: see Doorbell.
  tail_.store(tail + 1, std::memory_order_seq_cst);
  if (doorbell_ != nullptr) CallConsumer(tail + 1);
  return true;
}

void Ring::CallConsumer(uint64_t tail) {
  doorbell_->RingIfAsleep();
  if (tail - known_head_ < pile_) return;
  known_head_ = head_.load(std::memory_order_acquire);
  if (tail - known_head_ >= pile_) doorbell_->RingIfDozing();
}

Record* Ring::Front(uint64_t* dropped_before) {
  const uint64_t head = head_.load(std::memory_order_relaxed);
  if (head == known_tail_) {
    known_tail_ = tail_.load(std::memory_order_seq_cst);
    if (head == known_tail_) return nullptr;
  }
  Slot* slot = SlotOf(head);
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
