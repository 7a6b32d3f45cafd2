#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace firebreak {

SlabPool::~SlabPool() {
  for (FreeList& free : free_) {
    while (free.first != nullptr) {
      Slab* const slab = free.first;
      free.first = slab->next;
      ::operator delete(slab);
    }
  }
}

SlabPool::Slab* SlabPool::Take(size_t capacity) {
  FreeList& free = FreeOf(capacity);
  Slab* slab = free.first;
  if (slab != nullptr) {
    free.first = slab->next;
    --free.count;
  } else {
    slab = new (::operator new(sizeof(Slab) + capacity)) Slab;
  }
  *slab = {.next = nullptr, .begin = 0, .end = 0, .capacity = capacity};
  ++in_use_;
  bytes_in_use_ += sizeof(Slab) + capacity;
  return slab;
}

void SlabPool::Give(Slab* slab) {
  --in_use_;
  bytes_in_use_ -= sizeof(Slab) + slab->capacity;
  FreeList& free = FreeOf(slab->capacity);
  if (free.count >= kMaxFree) {
    ::operator delete(slab);
    return;
  }
  slab->next = free.first;
  free.first = slab;
  ++free.count;
}

void Buffer::Append(absl::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (tail_ == nullptr || tail_->end == tail_->capacity) {
      const bool small = tail_ == nullptr && first_ == FirstSlab::kSmall &&
                         bytes.size() <= SlabPool::kSmallCapacity;
      SlabPool::Slab* slab = pool_->Take(small ? SlabPool::kSmallCapacity : SlabPool::kCapacity);
      (tail_ != nullptr ? tail_->next : head_) = slab;
      tail_ = slab;
    }
    const size_t count = std::min(bytes.size(), tail_->capacity - tail_->end);
    std::memcpy(tail_->bytes() + tail_->end, bytes.data(), count);
    tail_->end += count;
    bytes.remove_prefix(count);
  }
}

int Buffer::Front(iovec* out, int max) const {
  int filled = 0;
  for (SlabPool::Slab* slab = head_; slab != nullptr && filled < max; slab = slab->next) {
    out[filled++] = {.iov_base = slab->bytes() + slab->begin, .iov_len = slab->end - slab->begin};
  }
  return filled;
}

void Buffer::Drain(size_t count) {
  size_ -= count;
  while (head_ != nullptr && count >= head_->end - head_->begin) {
    count -= head_->end - head_->begin;
    SlabPool::Slab* drained = head_;
    head_ = drained->next;
    pool_->Give(drained);
  }
  if (head_ == nullptr) {
    tail_ = nullptr;
  } else {
    head_->begin += count;
  }
}

void Buffer::Clear() { Drain(size_); }

}  // namespace firebreak
