// Weak clues weighed by their rates, and joined along the way that somebody takes.
#ifndef FIREBREAK_DETECT_SUSPICION_H_
#define FIREBREAK_DETECT_SUSPICION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"
#include "detect/statistics.h"

namespace firebreak::detect {

// StepId counts steps from 1; 0 is none.
using StepId = uint64_t;

// Step is one call that is suspicious, and the suspicious one it goes on from.
struct Step {
  static constexpr size_t kMaxClues = size_t{2} * kSignals;

  Call call;
  std::vector<Clue> clues;
  double own = 0;       // decades of evidence by itself: 3 is one hour in a thousand
  double evidence = 0;  // decades of the best way up to and with this step
  StepId previous = 0;  // on that way
  uint32_t hops = 1;    // pods left on that way, this one included
  uint32_t length = 1;  // steps on that way
  std::array<uint8_t, kSignals> repeats{};  // of each signal at this pod, on that way
  uint64_t incident = 0;

  // Incidents are not saved: a way that goes on is told of again.
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.call);
    state.List(self.clues, kMaxClues);
    state(self.own, self.evidence, self.previous, self.hops, self.length, self.repeats);
  }
};

// Suspicion is path chaining. Each clue becomes evidence by how often ordinary traffic shows such:
// a clue by itself counts against one hour of its pod, one that goes on from another within the
// hour counts against the time since that one only. What goes on: the same pod goes on calling, or
// the pod that was called begins to. The best way through the last steps is kept for each pod, and
// its evidence is the sum along it.
//
// What is not independent is not counted as if it were: the same signal again at the same pod
// counts less each time, an orphan over the same edge again far less, since software that begins to
// call of its own accord does so once, however often it is seen; and when many pods show a signal
// at once, as in an outage, it says less of each.
//
// Bounded: kMaxSteps steps, a few numbers for each pod that calls, kMaxPods of them.
class Suspicion {
 public:
  static constexpr size_t kMaxSteps = 1 << 15;
  static constexpr size_t kMaxPods = size_t{1} << 20;
  static constexpr int64_t kMemoryUs = kHourUs;
  // Edges with more orphans than this have them as a matter of course.
  static constexpr double kCommonplace = 0.05;
  static constexpr size_t kPerPod = 4;  // last steps kept in either direction

  // Expect notes any call, and the chance that its like is an orphan.
  void Expect(const Call& call, double orphan_chance);
  // Add weighs the clues of a call, and returns its step; 0: it says too little to be kept.
  StepId Add(const Call& call, const std::vector<Clue>& clues);

  // Find is null for a step that was dropped since. Valid until the next Add.
  Step* Find(StepId id);
  // Neighbours lists the steps that the step may go on from, and those that may go on from it.
  std::vector<StepId> Neighbours(const Step& step);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.pods_, kMaxPods);
    state(self.pods_with_clue_, self.orphans_expected_);
    state.List(self.steps_, kMaxSteps);
    state(self.next_);
    state.Require(self.next_ > self.steps_.size());
    // A way leads back in time, or it would have no end.
    for (StepId id = self.next_ - self.steps_.size(); const Step& step : self.steps_) {
      state.Require(step.previous < id++);
    }
    state.Map(self.out_of_, 2 * kMaxSteps);
    state.Map(self.into_, 2 * kMaxSteps);
  }

 private:
  struct Pod {
    FallingCount calls;
    FallingCount orphans_expected;    // over edges where one is a surprise
    FallingCount orphans_unheard_of;  // over those of them that hardly ever have one
    std::array<int64_t, kSignals> last_clue_us{};

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.calls, self.orphans_expected, self.orphans_unheard_of, self.last_clue_us);
    }
  };
  // Place is a pod, or an identity where the pod is not known.
  using Place = uint64_t;
  using Last = std::array<StepId, kPerPod>;
  struct Weight {
    double decades = 0;
    std::array<uint8_t, kSignals> repeats{};
  };

  static Place PlaceOf(NameId pod, NameId identity);
  double Spread(Signal signal, int64_t now_us, const Pod& pod) const;
  double DecadesOf(const Clue& clue, const Call& call, const Pod& pod, int64_t since_us) const;
  // Before counts the steps over the same edge at the end of the way of which from is the last
  // step.
  int Before(const Call& call, const Step* from);
  Weight Weigh(const Call& call, const std::vector<Clue>& clues, const Pod& pod, const Step* from);
  void NoteClues(const Call& call, const std::vector<Clue>& clues, Pod& pod);
  void Consider(StepId id, const Pod& pod, Step& step);
  void Remember(StepId id, const Step& step);
  void Forget();

  std::deque<Step> steps_;
  StepId next_ = 1;
  absl::flat_hash_map<Place, Pod> pods_;
  absl::flat_hash_map<Place, Last> out_of_;
  absl::flat_hash_map<Place, Last> into_;
  std::array<FallingCount, kSignals> pods_with_clue_;
  FallingCount orphans_expected_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_SUSPICION_H_
