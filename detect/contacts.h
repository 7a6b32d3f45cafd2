// First contacts that are refused: somebody who tries doors.
#ifndef FIREBREAK_DETECT_CONTACTS_H_
#define FIREBREAK_DETECT_CONTACTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/population.h"
#include "detect/recent_set.h"
#include "detect/signal.h"
#include "detect/state.h"

namespace firebreak::detect {

// Contacts is a sequential probability ratio test for each pod, over its first contacts with a
// destination, port or route (the threshold random walk of Jung and others, 2004). Somebody who
// knows the place succeeds in most; somebody who searches fails in four of five. How often an
// identity fails that is no intruder is learned, between 2 % and 20 %.
//
// A service that is down is no first contact; one client that retries a refused call makes one.
// Misses: whoever tries fewer doors than three, or one an hour.
class Contacts {
 public:
  static constexpr size_t kMaxCallers = size_t{1} << 20;
  static constexpr size_t kMaxWalks = size_t{1} << 18;

  // See looks at a call before the edge book has counted it, and adds its clues: each failure is
  // one kRefused, and a sequence that is decided one kDenied.
  void See(const Call& call, const Ages& ages, const EdgeBook& edges, std::vector<Clue>& clues);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.all_calls_, self.all_failures_);
    state.Map(self.callers_, kMaxCallers);
    if (state.version() == kOldestStateVersion) return;
    state.Map(self.walks_, kMaxWalks);
    state(self.tried_);
  }

 private:
  struct Caller {
    uint64_t calls = 0;
    uint32_t contacts = 0;
    uint32_t failures = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.calls, self.contacts, self.failures);
    }
  };
  struct Walk {
    double ratio = 0;  // natural log
    int64_t last_us = 0;
    uint32_t failures = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.ratio, self.last_us, self.failures);
    }
  };
  double FailureChance(const Caller& caller, const Ages& ages) const;

  absl::flat_hash_map<NameId, Caller> callers_;
  absl::flat_hash_map<NameId, Walk> walks_;
  RecentSet tried_;
  uint64_t all_calls_ = 0;
  uint64_t all_failures_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_CONTACTS_H_
