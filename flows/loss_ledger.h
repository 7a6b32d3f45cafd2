// What a sink has lost: totals to be scraped, and what the log has not told of yet.
#ifndef FIREBREAK_FLOWS_LOSS_LEDGER_H_
#define FIREBREAK_FLOWS_LOSS_LEDGER_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "flows/json_encoder.h"
#include "flows/sink.h"

namespace firebreak::flows {

// LossLedger is safe for any number of threads.
class LossLedger {
 public:
  explicit LossLedger(std::string sink) : sink_(std::move(sink)) {}

  // Add notes count lines between first and last; both are 0 where they are of another run.
  void Add(LostCause cause, uint64_t count, uint64_t first_sequence, uint64_t last_sequence);
  // AddBatch notes all lines of a batch. What its LOST lines told of this sink is untold again.
  void AddBatch(LostCause cause, const Batch& batch);
  // Take returns what Add has noted since the last Take, one Loss for each cause.
  std::vector<Loss> Take();
  void AddTotals(SinkStats* stats) const;

 private:
  void Note(const Loss& loss) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string sink_;
  mutable Mutex mutex_;
  std::array<Loss, kLostCauseCount> untold_ ABSL_GUARDED_BY(mutex_);
  std::array<uint64_t, kLostCauseCount> totals_ ABSL_GUARDED_BY(mutex_){};
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_LOSS_LEDGER_H_
