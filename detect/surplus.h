// More calls than the work at hand explains.
#ifndef FIREBREAK_DETECT_SURPLUS_H_
#define FIREBREAK_DETECT_SURPLUS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Surplus counts the calls of each pair in windows of five minutes against what the caller was
// asked for meanwhile, and adds up how much better twice the usual number explains them (a CUSUM of
// Poisson counts, widened by how much the pair's counts vary anyway). It is for callers that are
// never idle or start things themselves, where single calls cannot be told apart.
//
// Misses: what is few beside the usual; a pair in its first day; pairs beyond kMaxPairs.
class Surplus {
 public:
  static constexpr size_t kMaxPairs = size_t{1} << 16;
  static constexpr int64_t kWindowUs = 5 * kMinuteUs;

  // Received counts a request that an identity was asked for.
  void Received(const Call& call);
  // See counts a call; a clue when it makes the sum too large, once until that has fallen again.
  std::optional<Clue> See(const Call& call);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.pairs_, kMaxPairs);
    state.Map(self.asked_, kMaxPairs);
  }

 private:
  struct Counts {
    int64_t window = 0;     // number of the one at hand
    uint32_t calls = 0;     // in it
    uint64_t asked_at = 0;  // requests received by the caller when it began
    uint32_t windows = 0;   // that were learned from
    double calls_mean = 0;  // falling means over a day of windows
    double asked_mean = 0;
    double variance = 1;  // of calls, over what is expected
    double sum = 0;       // nats
    bool told = false;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.window, self.calls, self.asked_at, self.windows, self.calls_mean, self.asked_mean,
            self.variance, self.sum, self.told);
      state.Require(self.variance >= 1 && self.calls_mean >= 0 && self.asked_mean >= 0);
    }
  };

  void Close(Counts& counts, uint64_t asked);
  // Gain is what so many calls add to the sum when so many are expected.
  static double Gain(const Counts& counts, double calls, double expected);

  absl::flat_hash_map<Pair, Counts> pairs_;
  absl::flat_hash_map<NameId, uint64_t> asked_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_SURPLUS_H_
