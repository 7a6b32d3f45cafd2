// Which lines of which runs are in the store already.
#ifndef FIREBREAK_STORE_RECEIVED_H_
#define FIREBREAK_STORE_RECEIVED_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace firebreak::store {

// SequenceSet is a set of numbers as the ranges that it is made of. Lines come nearly in order, so
// there are few.
class SequenceSet {
 public:
  // Add returns false when the number was there.
  bool Add(uint64_t number);
  // AddRange adds all of first to last.
  void AddRange(uint64_t first, uint64_t last);
  // From the first of a range to its last.
  const std::map<uint64_t, uint64_t>& ranges() const { return ranges_; }

 private:
  std::map<uint64_t, uint64_t> ranges_;
};

// Received knows lines by run_id and sequence.
class Received {
 public:
  // Add returns false for a line that came before. Lines without a run are never known.
  bool Add(absl::string_view run, uint64_t sequence);
  void AddRange(absl::string_view run, uint64_t first, uint64_t last);

  // Changed are the runs that Add has added to since Saved.
  const absl::flat_hash_set<std::string>& changed() const { return changed_; }
  const SequenceSet& Run(const std::string& run) const { return runs_.at(run); }
  void Saved() { changed_.clear(); }
  void Forget(const std::string& run) { runs_.erase(run); }

 private:
  absl::flat_hash_map<std::string, SequenceSet> runs_;
  absl::flat_hash_set<std::string> changed_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_RECEIVED_H_
