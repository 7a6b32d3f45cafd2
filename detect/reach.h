// How near a new pair brings its caller to what is precious.
#ifndef FIREBREAK_DETECT_REACH_H_
#define FIREBREAK_DETECT_REACH_H_

#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/labels.h"
#include "detect/names.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Reach knows how many calls over pairs in use lead from each identity to the nearest crown jewel,
// and tells of a new pair that makes its caller's way shorter. It is no evidence that somebody is
// at work, and so adds none: it ranks the incidents that other signals raise, and says why.
//
// The ways are those of an hour ago at most. Bounded by the identities of the edge book; a look at
// all pairs an hour, and only when there are new ones.
class Reach {
 public:
  static constexpr int kFar = 16;  // calls; further counts as no way

  // See takes a call over a pair that has just become known.
  std::optional<Clue> See(const Call& call, const EdgeBook& book, Labels& labels,
                          const Names& names);

 private:
  // Measure leaves out the pair that is new.
  void Measure(const EdgeBook& book, const Pair& fresh, Labels& labels, const Names& names);
  int From(NameId identity) const;

  absl::flat_hash_map<NameId, int> calls_to_jewel_;
  int64_t measured_us_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_REACH_H_
