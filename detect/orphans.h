// Calls that nothing asked for.
#ifndef FIREBREAK_DETECT_ORPHANS_H_
#define FIREBREAK_DETECT_ORPHANS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/cover.h"
#include "detect/edge_book.h"
#include "detect/new_causes.h"
#include "detect/population.h"

namespace firebreak::detect {

// Orphans tells calls that an open request caused from calls that nothing caused. In a service
// nearly every outbound call is made while the request is open that needs it. Somebody at a shell
// in the pod calls when it suits them.
//
// What can cause an edge's calls is learned: the inbound routes that are open more often when the
// edge is called than otherwise. So a pod that is never idle still has orphans, if the routes that
// lead to the edge are. How often an edge has orphans all the same (timers, queues, callers that
// gave up waiting) is learned too: for the edge, backed by its caller, backed by all callers.
// What a new cause explains is taken off (new_causes.h).
//
// Misses: a call placed within a matching open request; callers that start everything themselves.
class Orphans {
 public:
  static constexpr size_t kMaxCallers = size_t{1} << 20;

  struct Judgement {
    bool orphan = false;
    double p = 1;         // that a call over this edge is as much of an orphan
    double per_hour = 0;  // expected whatever the traffic, of a young generation
    double gap_seconds = 0;
    double explained = 0;  // decades, by new causes
    double expected = 0;   // the chance that a call over this edge is an orphan of the mildest kind
  };

  // Covers is what was open: by the callee's records, and by its callers'. The second ones serve
  // where the callee's record is late or lost, and its sidecar knows of something that is open.
  struct Covers {
    Cover own;
    Cover told;
  };

  // Judge counts the call towards what is usual. edge is the call's; its gaps are kept here.
  Judgement Judge(const Call& call, const Ages& ages, const Covers& covers, Edge& edge,
                  bool watching);
  // ShareOf is the share of a caller's calls that were orphans.
  double ShareOf(NameId caller) const;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.of_all_);
    state.Map(self.of_caller_, kMaxCallers);
    state(self.new_causes_);
  }

 private:
  struct Counts {
    uint64_t calls = 0;
    std::array<uint64_t, kGapBins> gaps{};

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.calls, self.gaps);
    }

    // AtLeast counts the calls that were as much of an orphan as bin, or more.
    uint64_t AtLeast(size_t bin) const;
  };

  size_t BinOf(const Call& call, const Covers& covers, Edge& edge, double& gap_seconds);
  // CountsOf is null where there is no room for another caller.
  Counts* CountsOf(NameId caller);
  double Chance(const Counts* of_caller, const Edge& edge, size_t bin) const;
  void Count(size_t bin, Counts* of_caller, Edge& edge);

  absl::flat_hash_map<NameId, Counts> of_caller_;
  Counts of_all_;  // callers that start things themselves left out
  NewCauses new_causes_;
  std::vector<Cover::Gap> gaps_;  // of the call that is judged; empty: they tell nothing
  std::vector<Cover::Gap> told_;  // scratch
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_ORPHANS_H_
