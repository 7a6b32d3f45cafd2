// Which requests have begun to cause calls that they never caused before.
#ifndef FIREBREAK_DETECT_NEW_CAUSES_H_
#define FIREBREAK_DETECT_NEW_CAUSES_H_

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/cover.h"
#include "detect/edge_book.h"

namespace firebreak::detect {

// NewCauses tells a roll-out that lets another route call an old edge from an intruder, who calls
// when it suits him. Of the calls that a route has begun to cause, nearly all lie within its
// requests, or shortly behind them, at whatever pod; the calls of an intruder lie there as often
// as any moment does, which is seldom where the route is seldom open. So each call moves the odds
// for each route of its pod, by a likelihood ratio whose mean over an intruder's calls is one: ten
// times better odds are his in one call of ten at most.
//
// Bounded: kMaxCandidates. A full table forgets those that had no call for longest.
//
// Misses: a route that is open all the time; an intruder who waits for requests of one route.
class NewCauses {
 public:
  static constexpr size_t kMaxCandidates = size_t{1} << 16;

  // Explained counts a call that no known cause of its edge covers, and returns by how many decades
  // new causes make it less of a surprise. gaps are those of the routes of the caller's pod.
  double Explained(const EdgeKey& edge, const std::vector<Cover::Gap>& gaps, int64_t at_us);

  size_t size() const { return candidates_.size(); }

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.candidates_, kMaxCandidates);
  }

 private:
  struct Key {
    EdgeKey edge;
    NameId route = kNoName;
    bool behind = false;  // calls come when its requests are over

    friend bool operator==(const Key& a, const Key& b) {
      return a.edge == b.edge && a.route == b.route && a.behind == b.behind;
    }
    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(a.edge, a.route, a.behind) < std::tie(b.edge, b.route, b.behind);
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.edge, key.route, key.behind);
    }

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.edge);
      state.Names(self.route);
      state(self.behind);
    }
  };
  struct Candidate {
    double decades = 0;  // of the odds that its calls made
    int64_t last_us = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.decades, self.last_us);
      state.Require(self.decades >= kLeastDecades && self.decades <= kMostDecades);
    }
  };

  static constexpr double kMostDecades = 8;
  static constexpr double kLeastDecades = -2;

  void Forget();

  absl::flat_hash_map<Key, Candidate> candidates_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_NEW_CAUSES_H_
