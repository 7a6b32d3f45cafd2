// A recycler keeps the memory of objects that come and go with every request, for the next ones of
// the same thread: the allocator keeps seven of a size at hand and joins the rest with what lies
// beside them, which costs several times as much as using them again.
#ifndef FIREBREAK_BASE_RECYCLER_H_
#define FIREBREAK_BASE_RECYCLER_H_

#include <cstddef>

namespace firebreak {

// Each thread keeps at most kMaxRecycledFree pieces of each size, and sizes go up in steps to
// kMaxRecycledBytes: beyond either, memory comes from the allocator and goes back there. What was
// taken by one thread may be given back by another. With AddressSanitizer nothing is kept, so that
// a use after free stays visible.
inline constexpr size_t kMaxRecycledBytes = 2'048;
inline constexpr size_t kMaxRecycledFree = 64;

void* TakeMemory(size_t bytes);
// `bytes` is what it was taken with.
void GiveMemory(void* memory, size_t bytes) noexcept;

// Recycled is a base of classes whose objects are to lie in such memory, those derived from them
// included.
class Recycled {
 public:
  static void* operator new(size_t bytes) { return TakeMemory(bytes); }
  static void operator delete(void* memory, size_t bytes) noexcept { GiveMemory(memory, bytes); }
};

// RecyclingAllocator has a container of the standard library do so.
template <typename T>
struct RecyclingAllocator {
  using value_type = T;

  RecyclingAllocator() = default;
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): containers make allocators of one another.
  RecyclingAllocator(const RecyclingAllocator<U>&) noexcept {}

  T* allocate(size_t count) { return static_cast<T*>(TakeMemory(count * sizeof(T))); }
  void deallocate(T* memory, size_t count) noexcept { GiveMemory(memory, count * sizeof(T)); }

  friend bool operator==(const RecyclingAllocator&, const RecyclingAllocator&) { return true; }
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_RECYCLER_H_
