// Calls as regular as a clock, where there were none before.
#ifndef FIREBREAK_DETECT_BEACON_H_
#define FIREBREAK_DETECT_BEACON_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/population.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Beacon scores the regularity of pairs that began to talk after learning: of intervals and of
// sizes, by quartile skew and median deviation, as RITA does for whole days, here over the last
// kCalls calls. Pairs that were learned are left out, and with them the timers, health checks and
// scrapers that make such scores useless in a mesh. A destination that others call likewise is
// infrastructure.
//
// Misses: a beacon to a destination that its caller talked to before; one with more jitter than its
// own period; fewer than kCalls calls.
class Beacon {
 public:
  static constexpr size_t kCalls = 12;
  static constexpr size_t kMaxPairs = size_t{1} << 17;

  // See takes a call of a pair; new_pair on its first call, once learning is over.
  std::optional<Clue> See(const Call& call, const Ages& ages, bool new_pair);

  // RegularityOf is between 0 and 1; 1 is a clock. The values are sorted by it.
  static double RegularityOf(std::array<float, kCalls>& values);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.talks_, kMaxPairs);
    state.Map(self.callers_, kMaxPairs);
  }

 private:
  struct Talk {
    int64_t last_us = 0;
    uint32_t calls = 0;
    bool young_caller = false;
    bool told = false;
    std::array<float, kCalls> intervals{};  // seconds
    std::array<float, kCalls> sizes{};

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.last_us, self.calls, self.young_caller, self.told, self.intervals, self.sizes);
    }
  };
  struct Callers {
    NameId first = kNoName;
    bool several = false;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.first);
      state(self.several);
    }
  };

  absl::flat_hash_map<Pair, Talk> talks_;
  absl::flat_hash_map<NameId, Callers> callers_;  // of destinations in talks_
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_BEACON_H_
