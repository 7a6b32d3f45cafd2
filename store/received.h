// Which lines of which runs are in the store already.
#ifndef FIREBREAK_STORE_RECEIVED_H_
#define FIREBREAK_STORE_RECEIVED_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace firebreak::store {

// SequenceSet is a set of numbers as the ranges that it is made of. Lines come nearly in order, so
// there are few; should there be more than max_ranges, which is at least 1, the lowest gap counts
// as filled.
class SequenceSet {
 public:
  static constexpr size_t kMaxRanges = 1'000;

  // Add returns false when the number was there.
  bool Add(uint64_t number, size_t max_ranges = kMaxRanges);
  // AddRange adds all of first to last.
  void AddRange(uint64_t first, uint64_t last, size_t max_ranges = kMaxRanges);
  // From the first of a range to its last.
  const std::map<uint64_t, uint64_t>& ranges() const { return ranges_; }
  // Touched are the firsts of ranges that have come, gone or grown since Saved: what a copy of the
  // ranges elsewhere has to write anew, or to delete.
  const absl::flat_hash_set<uint64_t>& touched() const { return touched_; }
  void Saved() { touched_.clear(); }

 private:
  std::map<uint64_t, uint64_t> ranges_;
  absl::flat_hash_set<uint64_t> touched_;
};

// RunOf names a run of a sidecar. A run_id alone is not enough: whoever writes another's must not
// make the other's lines look as if they had come.
struct RunOf {
  std::string reporter;  // reporter.principal
  std::string run_id;

  friend bool operator==(const RunOf& a, const RunOf& b) {
    return a.run_id == b.run_id && a.reporter == b.reporter;
  }
  template <typename H>
  friend H AbslHashValue(H h, const RunOf& run) {
    return H::combine(std::move(h), run.reporter, run.run_id);
  }
};

// Received knows lines by reporter, run_id and sequence.
class Received {
 public:
  // Of all runs of a reporter. One that goes through more runs than this, each of which has a range
  // at least, is no row of sidecars that restart.
  static constexpr size_t kMaxRangesOfReporter = 100'000;

  // Whether a line of this run may be added: it is known, or its reporter has fewer than
  // kMaxRangesOfReporter. Once it has as many, a run that is known has no more ranges than before.
  bool HasRoom(const RunOf& run) const;
  // Add returns false for a line that came before. Lines without a run, or without a sequence,
  // which counts from 1, are never known.
  bool Add(const RunOf& run, uint64_t sequence);
  // Restore adds a range that is saved already.
  void Restore(const RunOf& run, uint64_t first, uint64_t last);

  // Changed are the runs that Add has added to since Saved.
  const absl::flat_hash_set<RunOf>& changed() const { return changed_; }
  const SequenceSet& Run(const RunOf& run) const { return runs_.at(run); }
  void Saved();
  void Forget(const RunOf& run);

 private:
  absl::flat_hash_map<RunOf, SequenceSet> runs_;
  absl::flat_hash_map<std::string, size_t> ranges_of_;  // how many, by reporter; never 0
  absl::flat_hash_set<RunOf> changed_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_RECEIVED_H_
