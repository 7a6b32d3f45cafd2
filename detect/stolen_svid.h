// One SVID used from two places.
#ifndef FIREBREAK_DETECT_STOLEN_SVID_H_
#define FIREBREAK_DETECT_STOLEN_SVID_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"

namespace firebreak::detect {

// StolenSvid watches from where each SVID is presented. A pod that moves or restarts takes its SVID
// from one place to another, once. A thief uses it while the owner still does: first here, then
// there, then here again. Agents that give one SVID to several pods of an identity do the same, so
// each identity is learned: the more of its SVIDs were shared before, the less it says.
//
// Where the owner is silent, the place itself is a clue: an address from which no sidecar reports,
// for an identity whose pods all do; weighed by the share of hours in which an identity, or any, is
// seen at such a place.
//
// Misses: a thief behind the owner's own address; identities without sidecars.
class StolenSvid {
 public:
  static constexpr size_t kMaxSvids = size_t{1} << 19;

  // See takes a call, and whether records ever came from where it came from.
  std::optional<Clue> See(const Call& call, bool reporting_place);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.svids_, kMaxSvids);
    state.Map(self.habits_, kMaxSvids);
    state(self.all_hours_, self.all_strange_);
  }

 private:
  struct Place {
    NameId address = kNoName;
    int64_t last_us = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.address);
      state(self.last_us);
    }
  };
  struct Svid {
    Place current;
    Place before;
    bool shared = false;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.current, self.before, self.shared);
    }
  };
  struct Hours {
    int64_t last = 0;  // since 1970
    int64_t last_strange = 0;
    double seen = 0;
    double strange = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.last, self.last_strange, self.seen, self.strange);
    }
  };
  struct Habit {
    uint32_t svids = 0;
    uint32_t shared = 0;
    Hours hours{};

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.svids, self.shared, self.hours);
    }
  };
  std::optional<Clue> InTurn(const Call& call);
  std::optional<Clue> Strange(const Call& call, bool reporting_place);
  Habit& HabitOf(NameId identity);
  void Forget(int64_t now_us);

  absl::flat_hash_map<uint64_t, Svid> svids_;
  absl::flat_hash_map<NameId, Habit> habits_;
  double all_hours_ = 0;
  double all_strange_ = 0;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STOLEN_SVID_H_
