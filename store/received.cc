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
}

bool Received::Add(const RunOf& run, uint64_t sequence) {
  if (run.run_id.empty() || sequence == 0) return true;
  if (!runs_[run].Add(sequence)) return false;
  changed_.insert(run);
  return true;
}

void Received::AddRange(const RunOf& run, uint64_t first, uint64_t last) {
  runs_[run].AddRange(first, last);
}

}  // namespace firebreak::store
