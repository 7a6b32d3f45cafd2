// Requests that are held open far longer than others.
#ifndef FIREBREAK_DETECT_HELD_OPEN_H_
#define FIREBREAK_DETECT_HELD_OPEN_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/population.h"
#include "detect/signal.h"

namespace firebreak::detect {

// HeldOpen notices calls that last kLongUs or longer over an edge where they hardly ever do: a
// tunnel through a pod is a call that is kept open, and so is whatever gives an intruder's further
// calls the look of having a cause. Streams, long polls and pooled connections are learned: by how
// many of an edge's calls were so long, backed by how many of all were.
//
// Told when the call is over. Misses: tunnels of less than kLongUs; edges that stream anyway.
class HeldOpen {
 public:
  static constexpr int64_t kLongUs = 30 * kSecondUs;
  static constexpr size_t kMaxEdges = size_t{1} << 16;

  // See takes a call that was carried, and its edge, which has counted it.
  std::optional<Clue> See(const Call& call, const Ages& ages, const Edge& edge);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.all_long_, self.all_calls_);
    state.Map(self.long_, kMaxEdges);
  }

 private:
  absl::flat_hash_map<EdgeKey, uint32_t> long_;  // how many, of edges that had some
  uint64_t all_long_ = 0;
  uint64_t all_calls_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_HELD_OPEN_H_
