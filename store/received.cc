#include "store/received.h"

#include <algorithm>
#include <iterator>

namespace firebreak::store {

bool SequenceSet::Add(uint64_t number, size_t max_ranges) {
  const auto after = ranges_.upper_bound(number);
  if (after != ranges_.begin() && std::prev(after)->second >= number) return false;
  AddRange(number, number, max_ranges);
  return true;
}

void SequenceSet::AddRange(uint64_t first, uint64_t last, size_t max_ranges) {
  auto at = ranges_.upper_bound(first);
  // The range before takes part when it reaches to the first number, or to the one before.
  if (at != ranges_.begin() && std::prev(at)->second >= first - (first > 0 ? 1 : 0)) --at;
  while (at != ranges_.end() && (last == ~uint64_t{0} || at->first <= last + 1)) {
    first = std::min(first, at->first);
    last = std::max(last, at->second);
    touched_.insert(at->first);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, last);
  touched_.insert(first);
  if (ranges_.size() <= max_ranges) return;
  const auto lowest = ranges_.begin();
  const auto next = std::next(lowest);
  lowest->second = next->second;
  touched_.insert({lowest->first, next->first});
  ranges_.erase(next);
}

bool Received::HasRoom(const RunOf& run) const {
  const auto ranges = ranges_of_.find(run.reporter);
  return ranges == ranges_of_.end() || ranges->second < kMaxRangesOfReporter || runs_.contains(run);
}

bool Received::Add(const RunOf& run, uint64_t sequence) {
  if (run.run_id.empty() || sequence == 0) return true;
  SequenceSet& set = runs_[run];
  size_t& ranges = ranges_of_[run.reporter];
  const size_t before = set.ranges().size();
  const bool full = ranges >= kMaxRangesOfReporter && before > 0;
  const bool fresh = set.Add(sequence, full ? before : SequenceSet::kMaxRanges);
  ranges += set.ranges().size() - before;  // may be less than none: unsigned numbers wrap
  if (fresh) changed_.insert(run);
  return fresh;
}

void Received::Restore(const RunOf& run, uint64_t first, uint64_t last) {
  SequenceSet& set = runs_[run];
  const size_t before = set.ranges().size();
  set.AddRange(first, last);
  set.Saved();
  ranges_of_[run.reporter] += set.ranges().size() - before;
}

void Received::Saved() {
  for (const RunOf& run : changed_) runs_.at(run).Saved();
  changed_.clear();
}

void Received::Forget(const RunOf& run) {
  const auto known = runs_.find(run);
  if (known == runs_.end()) return;
  const auto ranges = ranges_of_.find(run.reporter);
  ranges->second -= known->second.ranges().size();
  if (ranges->second == 0) ranges_of_.erase(ranges);
  runs_.erase(known);
}

}  // namespace firebreak::store
