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
  static constexpr size_t kSlabBytes = 16'384;      // header included
  static constexpr size_t kSmallSlabBytes = 1'024;  // so too
  static constexpr size_t kMaxFree = 64;            // of either kind; 1 MiB kept at most

  // The bytes follow the header.
  struct Slab {
    Slab* next;
    size_t begin;  // offsets into the bytes
    size_t end;
    size_t capacity;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };
  static constexpr size_t kCapacity = kSlabBytes - sizeof(Slab);
  static constexpr size_t kSmallCapacity = kSmallSlabBytes - sizeof(Slab);

  SlabPool() = default;
  ~SlabPool();
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  Slab* Take(size_t capacity);  // one of the two
  void Give(Slab* slab);
  size_t in_use() const { return in_use_; }
  size_t bytes_in_use() const { return bytes_in_use_; }

 private:
  struct FreeList {
    Slab* first = nullptr;
    size_t count = 0;
  };
  FreeList& FreeOf(size_t capacity) { return free_[capacity == kCapacity ? 0 : 1]; }

  FreeList free_[2];
  size_t in_use_ = 0;
  size_t bytes_in_use_ = 0;
};

class Buffer {
 public:
  // FirstSlab: kSmall where little is held by many, so that a few bytes do not cost a large slab.
  enum class FirstSlab { kLarge, kSmall };

  explicit Buffer(SlabPool& pool, FirstSlab first = FirstSlab::kLarge)
      : pool_(&pool), first_(first) {}
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
  FirstSlab first_;
  SlabPool::Slab* head_ = nullptr;
  SlabPool::Slab* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_BUFFER_H_
