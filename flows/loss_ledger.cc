#include "flows/loss_ledger.h"

#include <algorithm>
#include <numeric>

namespace firebreak::flows {

uint64_t SinkStats::TotalLost() const {
  return std::accumulate(lines_lost.begin(), lines_lost.end(), uint64_t{0});
}

void LossLedger::Add(LostCause cause, uint64_t count, uint64_t first_sequence,
                     uint64_t last_sequence) {
  if (count == 0) return;
  const MutexLock lock(mutex_);
  totals_[static_cast<size_t>(cause)] += count;
  Note({.count = count,
        .cause = cause,
        .first_sequence = first_sequence,
        .last_sequence = last_sequence});
}

void LossLedger::AddBatch(LostCause cause, const Batch& batch) {
  Add(cause, batch.lines, batch.first_sequence, batch.last_sequence);
  const MutexLock lock(mutex_);
  for (const Loss& told : batch.losses) {
    if (told.sink == sink_) Note(told);
  }
}

void LossLedger::Note(const Loss& loss) {
  Loss& untold = untold_[static_cast<size_t>(loss.cause)];
  untold.count += loss.count;
  if (loss.first_sequence == 0) return;
  untold.first_sequence = untold.first_sequence == 0
                              ? loss.first_sequence
                              : std::min(untold.first_sequence, loss.first_sequence);
  untold.last_sequence = std::max(untold.last_sequence, loss.last_sequence);
}

std::vector<Loss> LossLedger::Take() {
  std::vector<Loss> taken;
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < untold_.size(); ++i) {
    if (untold_[i].count == 0) continue;
    taken.push_back(std::exchange(untold_[i], Loss()));
    taken.back().cause = static_cast<LostCause>(i);
    taken.back().sink = sink_;
  }
  return taken;
}

void LossLedger::AddTotals(SinkStats* stats) const {
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < totals_.size(); ++i) stats->lines_lost[i] += totals_[i];
}

}  // namespace firebreak::flows
