// What libevent keeps for each descriptor number, laid side by side.
//
// libevent allocates a few bytes when a number is first watched and never frees them. Amid the
// memory of a burst of connections, each would hold back the page of a session that has long gone;
// here they lie in pages of their own.
#ifndef FIREBREAK_PROXY_EVENT_DESCRIPTOR_POOL_H_
#define FIREBREAK_PROXY_EVENT_DESCRIPTOR_POOL_H_

#include <cstddef>

#include "absl/base/thread_annotations.h"

#include "base/mutex.h"

namespace firebreak::proxy {

// DescriptorPool hands out pieces of at most kPiece bytes. Any thread.
class DescriptorPool {
 public:
  static constexpr size_t kPiece = 32;

  // Reserves address space for `pieces`; memory is taken as they are.
  explicit DescriptorPool(size_t pieces);
  DescriptorPool(const DescriptorPool&) = delete;
  DescriptorPool& operator=(const DescriptorPool&) = delete;
  ~DescriptorPool();

  // Take returns null when all pieces are out.
  void* Take() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Owns(const void* piece) const;
  void Give(void* piece) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Free {
    Free* next;
  };

  std::byte* begin_ = nullptr;
  std::byte* end_ = nullptr;
  Mutex mutex_;
  std::byte* fresh_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Free* free_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// UseDescriptorPool makes libevent take its small pieces from one pool of the process. Before the
// first event loop.
void UseDescriptorPool();

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_DESCRIPTOR_POOL_H_
