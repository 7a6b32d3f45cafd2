#include "flows/batch_pool.h"

#include <utility>

namespace firebreak::flows {

std::shared_ptr<Batch> BatchPool::Make() {
  std::shared_ptr<Batch> batch(new Batch, [pool = shared_from_this()](Batch* done) {
    pool->GiveBack(std::move(done->text));
    delete done;
  });
  const std::lock_guard lock(mutex_);
  if (!spare_.empty()) {
    batch->text = std::move(spare_.back());
    spare_.pop_back();
  }
  return batch;
}

void BatchPool::GiveBack(std::string text) {
  text.clear();
  const std::lock_guard lock(mutex_);
  if (spare_.size() < kMostSpare && text.capacity() <= kMostSpareBytes) {
    spare_.push_back(std::move(text));
  }
}

}  // namespace firebreak::flows
