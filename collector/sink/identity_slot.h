// IdentitySlot hands the identity in force to a thread that keeps connections of its own.
#ifndef FIREBREAK_COLLECTOR_SINK_IDENTITY_SLOT_H_
#define FIREBREAK_COLLECTOR_SINK_IDENTITY_SLOT_H_

#include <memory>
#include <utility>

#include "base/mutex.h"
#include "certs/file_source.h"

namespace firebreak::collector {

// IdentitySlot may be set and asked by any threads. Until the first Set there is none.
class IdentitySlot {
 public:
  void Set(std::shared_ptr<const certs::IdentityMaterial> identity) {
    const MutexLock lock(mutex_);
    identity_ = std::move(identity);
  }
  std::shared_ptr<const certs::IdentityMaterial> Get() const {
    const MutexLock lock(mutex_);
    return identity_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const certs::IdentityMaterial> identity_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_IDENTITY_SLOT_H_
