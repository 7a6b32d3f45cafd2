#include "store/received.h"

#include <algorithm>
#include <iterator>

namespace firebreak::store {

bool SequenceSet::Add(uint64_t number) {
  const auto after = ranges_.upper_bound(number);
  if (after != ranges_.begin() && std::prev(after)->second >= number) return false;
  AddRange(number, number);
  return true;
}

void SequenceSet::AddRange(uint64_t first, uint64_t last) {
  auto at = ranges_.upper_bound(first);
  // The range before takes part when it reaches to the first number, or to the one before.
  if (at != ranges_.begin() && std::prev(at)->second >= first - (first > 0 ? 1 : 0)) --at;
  while (at != ranges_.end() && (last == ~uint64_t{0} || at->first <= last + 1)) {
    first = std::min(first, at->first);
    last = std::max(last, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, last);
  if (ranges_.size() <= kMaxRanges) return;
  const auto lowest = ranges_.begin();
  lowest->second = std::next(lowest)->second;
  ranges_.erase(std::next(lowest));
}

SequenceSet& Received::SetOf(const RunOf& run) {
  const auto [at, fresh] = runs_.try_emplace(run);
  if (fresh) ++runs_of_[run.reporter];
  return at->second;
}

bool Received::HasRoom(const RunOf& run) const {
  const auto count = runs_of_.find(run.reporter);
  return count == runs_of_.end() || count->second < kMaxRuns || runs_.contains(run);
}

bool Received::Add(const RunOf& run, uint64_t sequence) {
  if (run.run_id.empty() || sequence == 0) return true;
  if (!SetOf(run).Add(sequence)) return false;
  changed_.insert(run);
  return true;
}

void Received::AddRange(const RunOf& run, uint64_t first, uint64_t last) {
  SetOf(run).AddRange(first, last);
}

void Received::Forget(const RunOf& run) {
  if (runs_.erase(run) == 0) return;
  const auto count = runs_of_.find(run.reporter);
  if (--count->second == 0) runs_of_.erase(count);
}

}  // namespace firebreak::store
