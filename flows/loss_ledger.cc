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
  const auto index = static_cast<size_t>(cause);
  const MutexLock lock(mutex_);
  totals_[index] += count;
  Loss& loss = untold_[index];
  loss.count += count;
  if (first_sequence == 0) return;
  loss.first_sequence =
      loss.first_sequence == 0 ? first_sequence : std::min(loss.first_sequence, first_sequence);
  loss.last_sequence = std::max(loss.last_sequence, last_sequence);
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
