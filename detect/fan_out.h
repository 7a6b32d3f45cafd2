// How many different destinations a pod calls.
#ifndef FIREBREAK_DETECT_FAN_OUT_H_
#define FIREBREAK_DETECT_FAN_OUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"

namespace firebreak::detect {

// DistinctCount estimates how many different hashes were added, by 64 registers (HyperLogLog of
// Flajolet and others, 2007, with linear counting while it is small): within 15 %, exact enough
// below ten.
class DistinctCount {
 public:
  // Add returns whether the estimate may have grown.
  bool Add(uint64_t hash);
  double Estimate() const;
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.registers_);
  }

 private:
  static constexpr size_t kRegisters = 64;
  std::array<uint8_t, kRegisters> registers_{};
};

// FanOut compares the destinations that a pod calls within ten minutes with the most that pods of
// its identity ever did. One who explores stands out; one who goes straight does not.
class FanOut {
 public:
  static constexpr int64_t kWindowUs = 10 * kMinuteUs;
  static constexpr size_t kMaxPods = size_t{1} << 17;

  std::optional<Clue> See(const Call& call, bool learning);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.pods_, kMaxPods);
    state.Map(self.identities_, Names::kMostNames);
  }

 private:
  struct Pod {
    int64_t window = 0;
    double told = 0;  // the count of this window that was told of
    DistinctCount destinations;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.window, self.told, self.destinations);
    }
  };
  struct Identity {
    double most = 0;
    uint32_t windows = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.most, self.windows);
    }
  };

  absl::flat_hash_map<NameId, Pod> pods_;
  absl::flat_hash_map<NameId, Identity> identities_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_FAN_OUT_H_
