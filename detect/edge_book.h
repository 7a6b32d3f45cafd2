// Who calls whom, and what: the edges of the service graph, and which of them are new.
#ifndef FIREBREAK_DETECT_EDGE_BOOK_H_
#define FIREBREAK_DETECT_EDGE_BOOK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/names.h"
#include "detect/population.h"
#include "detect/signal.h"
#include "detect/state.h"

namespace firebreak::detect {

// Pair is a caller and a callee.
struct Pair {
  NameId source = kNoName;
  NameId destination = kNoName;

  friend bool operator==(const Pair& a, const Pair& b) {
    return a.source == b.source && a.destination == b.destination;
  }
  friend bool operator<(const Pair& a, const Pair& b) {
    return std::pair(a.source, a.destination) < std::pair(b.source, b.destination);
  }
  template <typename H>
  friend H AbslHashValue(H h, const Pair& pair) {
    return H::combine(std::move(h), pair.source, pair.destination);
  }
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Names(self.source, self.destination);
  }
};

// EdgeKey is a pair and what is called.
struct EdgeKey {
  Pair pair;
  NameId route = kNoName;
  uint32_t port = 0;

  friend bool operator==(const EdgeKey& a, const EdgeKey& b) {
    return a.pair == b.pair && a.route == b.route && a.port == b.port;
  }
  friend bool operator<(const EdgeKey& a, const EdgeKey& b) {
    return std::tuple(a.pair, a.route, a.port) < std::tuple(b.pair, b.route, b.port);
  }
  template <typename H>
  friend H AbslHashValue(H h, const EdgeKey& key) {
    return H::combine(std::move(h), key.pair, key.route, key.port);
  }
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.pair);
    state.Names(self.route);
    state(self.port);
  }
};

// kGapBins: how long before a call the last request had ended that could have caused it. 0: one was
// open; then up to 1 s, up to 10 s, and longer or never.
inline constexpr size_t kGapBins = 4;
using GapCounts = std::array<uint32_t, kGapBins>;

// Cause is an inbound route that was open when calls over an edge were made.
struct Cause {
  NameId route = kNoName;
  uint32_t together = 0;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Names(self.route);
    state(self.together);
  }
};

struct Edge {
  uint32_t calls = 0;
  uint32_t linked = 0;         // calls that a trace or the sidecar ties to their cause
  uint32_t first_minute = 0;   // since 1970
  uint32_t orphan_minute = 0;  // of the last orphan that was learned from
  uint16_t orphan_hour = 0;    // since 1970, modulo 2^16: the last one that had orphans
  uint8_t hours_apart = 0;     // between it and the one before; 0: there was none
  uint8_t usually_apart = 0;   // a falling mean of such, up to the one before; 0: not known
  GapCounts gaps{};            // kept by Orphans
  std::array<Cause, 4> causes{};

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.calls, self.linked, self.first_minute, self.orphan_minute, self.orphan_hour,
          self.hours_apart, self.usually_apart, self.gaps, self.causes);
  }
};

// EdgeBook counts edges and tells what is new about a call, and how likely that was: a caller that
// often calls something new is less of a surprise than one that never does (a Krichevsky-Trofimov
// estimate, shrunk towards what all callers do). Something new by a roll-out that is itself new is
// expected, and less so with age: its hazard falls as 1 / age.
//
// Bounded by max_edges: when it is full, the callers with the most edges lose theirs, those seen
// once first. Somebody who floods the book forgets himself; the rare edges of others stay.
class EdgeBook {
 public:
  explicit EdgeBook(size_t max_edges = size_t{1} << 20) : max_edges_(max_edges) {}

  struct Sight {
    Edge* edge = nullptr;  // valid until the next call of See
    bool new_pair = false;
    bool new_route = false;  // on a pair that is not new
    double p = 1;            // of what is new, for any one call of the caller
    double per_hour = 0;     // how often it is expected whatever the traffic
  };

  // PerHourOf is how many new pairs an hour a route brings that is itself so many hours old.
  static double PerHourOf(double route_hours);
  // See counts a call that was carried.
  Sight See(const Call& call, const Ages& ages);
  // Knows tells without counting.
  bool Knows(const Pair& pair) const { return pairs_.contains(pair); }
  bool Knows(const EdgeKey& key) const { return edges_.contains(key); }

  size_t size() const { return edges_.size(); }
  size_t pairs() const { return pairs_.size(); }
  // PairsInOrder lists all pairs with their calls, sorted.
  std::vector<std::pair<Pair, uint64_t>> PairsInOrder() const;

  void Save(StateWriter& out) const;
  void Restore(StateReader& in);

  static EdgeKey KeyOf(const Call& call) {
    return {.pair = {call.source, call.destination}, .route = call.route, .port = call.port};
  }

 private:
  struct Counts {
    uint32_t calls = 0;
    uint32_t news = 0;  // that came late: not while the caller's generation was met

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.calls, self.news);
    }
  };
  // Counted is what is saved but for the edges.
  template <typename Self, typename State>
  static void Counted(Self& self, State& state) {
    state(self.all_pairs_, self.all_sources_);
    state.Map(self.sources_, Names::kMostNames);
    state.Map(self.pairs_, self.max_edges_ * 2);
  }
  Edge& Add(const EdgeKey& key);
  void Trim();
  // CloseRanks drops the edges that no key leads to any more.
  void CloseRanks();
  double NewsChance(const Counts& own, const Counts& all) const;

  size_t max_edges_;
  // A hash table is half empty at times: what is large is kept beside it.
  absl::flat_hash_map<EdgeKey, uint32_t> edges_;  // places in edge_at_
  std::vector<Edge> edge_at_;
  absl::flat_hash_map<Pair, Counts> pairs_;      // news: routes
  absl::flat_hash_map<NameId, Counts> sources_;  // news: pairs
  Counts all_pairs_;
  Counts all_sources_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_EDGE_BOOK_H_
