// Buffer holds bytes that a slow receiver has not taken yet, in slabs that go back to a pool as
// they drain. An empty Buffer holds no slab: an idle connection costs four words.
#ifndef FIREBREAK_BASE_BUFFER_H_
#define FIREBREAK_BASE_BUFFER_H_

#include <sys/uio.h>

#include <cstddef>

#include "absl/strings/string_view.h"

namespace firebreak {

// SlabPool keeps a bounded number of free slabs and gives the rest back to the allocator. Not
// thread-safe: one a worker, outliving every Buffer made with it.
class SlabPool {
 public:
  static constexpr size_t kSlabBytes = 16'384;  // header included
  static constexpr size_t kMaxFree = 64;        // 1 MiB kept at most

  struct Slab {
    Slab* next;
    size_t begin;  // offsets into bytes
    size_t end;
    char bytes[kSlabBytes - sizeof(void*) - 2 * sizeof(size_t)];
  };

  SlabPool() = default;
  ~SlabPool();
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  Slab* Take();
  void Give(Slab* slab);
  size_t in_use() const { return in_use_; }

 private:
  Slab* free_ = nullptr;
  size_t free_count_ = 0;
  size_t in_use_ = 0;
};

class Buffer {
 public:
  explicit Buffer(SlabPool& pool) : pool_(&pool) {}
  ~Buffer() { Clear(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void Append(absl::string_view bytes);
  // Front fills up to max entries with the oldest bytes, in order, and returns how many it filled.
  // The entries are valid until the next call that is not const.
  int Front(iovec* out, int max) const;
  // Drain drops the oldest count bytes; count is at most size().
  void Drain(size_t count);
  void Clear();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  SlabPool* pool_;
  SlabPool::Slab* head_ = nullptr;
  SlabPool::Slab* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_BUFFER_H_
