// What was seen lately, in bounded memory.
#ifndef FIREBREAK_DETECT_RECENT_SET_H_
#define FIREBREAK_DETECT_RECENT_SET_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace firebreak::detect {

// RecentSet remembers at least the last `keep` different hashes, and at most twice as many: two
// generations, of which the older is dropped when the younger is full. Hashes that are saved are
// those of stable_hash.h.
class RecentSet {
 public:
  explicit RecentSet(size_t keep = size_t{1} << 18) : keep_(keep) {}

  // Insert returns whether the hash was not there.
  bool Insert(uint64_t hash) {
    if (older_.contains(hash)) return false;
    if (!younger_.insert(hash).second) return false;
    if (younger_.size() >= keep_) {
      older_ = std::move(younger_);
      younger_.clear();
    }
    return true;
  }
  bool Contains(uint64_t hash) const { return younger_.contains(hash) || older_.contains(hash); }

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Set(self.younger_, self.keep_);
    state.Set(self.older_, self.keep_);
  }

 private:
  size_t keep_;
  absl::flat_hash_set<uint64_t> younger_;
  absl::flat_hash_set<uint64_t> older_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_RECENT_SET_H_
