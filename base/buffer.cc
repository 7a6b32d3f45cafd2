#include "base/buffer.h"

#include <algorithm>
#include <cstring>

namespace firebreak {

SlabPool::~SlabPool() {
  while (free_ != nullptr) {
    Slab* slab = free_;
    free_ = slab->next;
    delete slab;
  }
}

SlabPool::Slab* SlabPool::Take() {
  Slab* slab = free_;
  if (slab != nullptr) {
    free_ = slab->next;
    --free_count_;
  } else {
    slab = new Slab;
  }
  slab->next = nullptr;
  slab->begin = slab->end = 0;
  ++in_use_;
  return slab;
}

void SlabPool::Give(Slab* slab) {
  --in_use_;
  if (free_count_ >= kMaxFree) {
    delete slab;
    return;
  }
  slab->next = free_;
  free_ = slab;
  ++free_count_;
}

void Buffer::Append(absl::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (tail_ == nullptr || tail_->end == sizeof(tail_->bytes)) {
      SlabPool::Slab* slab = pool_->Take();
      (tail_ != nullptr ? tail_->next : head_) = slab;
      tail_ = slab;
    }
    const size_t count = std::min(bytes.size(), sizeof(tail_->bytes) - tail_->end);
    std::memcpy(tail_->bytes + tail_->end, bytes.data(), count);
    tail_->end += count;
    bytes.remove_prefix(count);
  }
}

int Buffer::Front(iovec* out, int max) const {
  int filled = 0;
  for (SlabPool::Slab* slab = head_; slab != nullptr && filled < max; slab = slab->next) {
    out[filled++] = {.iov_base = slab->bytes + slab->begin, .iov_len = slab->end - slab->begin};
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
