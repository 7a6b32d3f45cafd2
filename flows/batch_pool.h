// Buffers of the flow log that are used again.
#ifndef FIREBREAK_FLOWS_BATCH_POOL_H_
#define FIREBREAK_FLOWS_BATCH_POOL_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "flows/sink.h"

namespace firebreak::flows {

// BatchPool makes batches with the buffers of those that every sink is through with: memory that
// was given back to the system costs a page fault for each 4 KiB when it is asked for again.
// Batches may outlive whoever holds the pool. Any thread.
class BatchPool : public std::enable_shared_from_this<BatchPool> {
 public:
  // What is kept: more batches at a time than these are those of a sink that is behind.
  static constexpr size_t kMostSpare = 2;
  static constexpr size_t kMostSpareBytes = size_t{512} << 10;  // of each

  // Make returns an empty batch.
  std::shared_ptr<Batch> Make();

 private:
  void GiveBack(std::string text);

  std::mutex mutex_;
  std::vector<std::string> spare_;  // guarded by mutex_
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_BATCH_POOL_H_
