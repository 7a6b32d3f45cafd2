// Mutex is std::mutex with clang's thread-safety annotations. absl::Mutex is not used: Debian's
// prebuilt abseil is not instrumented, and ThreadSanitizer reports false races through it.
#ifndef FIREBREAK_BASE_MUTEX_H_
#define FIREBREAK_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace firebreak {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_MUTEX_H_
