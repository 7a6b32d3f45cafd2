#include "proxy/event/descriptor_pool.h"

#include <event2/event.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <functional>

namespace firebreak::proxy {
namespace {

constexpr size_t kDescriptors = size_t{1} << 20;  // the kernel's usual limit of a process

// Never destroyed: libevent may free what it took while the process exits.
DescriptorPool& Pool() {
  static auto& pool = *new DescriptorPool(kDescriptors);
  return pool;
}

void* Allocate(size_t size) {
  if (size <= DescriptorPool::kPiece) {
    if (void* piece = Pool().Take(); piece != nullptr) return piece;
  }
  return std::malloc(size);
}

void Release(void* memory) {
  if (Pool().Owns(memory)) {
    Pool().Give(memory);
  } else {
    std::free(memory);
  }
}

void* Reallocate(void* memory, size_t size) {
  if (memory == nullptr || !Pool().Owns(memory)) return std::realloc(memory, size);
  void* moved = std::malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, size < DescriptorPool::kPiece ? size : DescriptorPool::kPiece);
  Pool().Give(memory);
  return moved;
}

}  // namespace

DescriptorPool::DescriptorPool(size_t pieces) {
  void* mapped = mmap(nullptr, pieces * kPiece, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return;  // an empty pool: Take returns null
  begin_ = fresh_ = static_cast<std::byte*>(mapped);
  end_ = begin_ + pieces * kPiece;
}

DescriptorPool::~DescriptorPool() {
  if (begin_ != nullptr) munmap(begin_, static_cast<size_t>(end_ - begin_));
}

void* DescriptorPool::Take() {
  MutexLock lock(mutex_);
  if (free_ != nullptr) {
    Free* piece = free_;
    free_ = piece->next;
    return piece;
  }
  if (fresh_ == end_) return nullptr;
  std::byte* piece = fresh_;
  fresh_ += kPiece;
  return piece;
}

bool DescriptorPool::Owns(const void* piece) const {
  // std::less orders pointers into different objects; < need not.
  const std::less<const void*> less;
  return !less(piece, begin_) && less(piece, end_);
}

void DescriptorPool::Give(void* piece) {
  MutexLock lock(mutex_);
  free_ = new (piece) Free{free_};
}

void UseDescriptorPool() { event_set_mem_functions(Allocate, Reallocate, Release); }

}  // namespace firebreak::proxy
