// Callers that are busy at an hour of the week at which they never were.
#ifndef FIREBREAK_DETECT_OFF_HOURS_H_
#define FIREBREAK_DETECT_OFF_HOURS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/signal.h"

namespace firebreak::detect {

// OffHours keeps how many calls an identity makes in each hour of the week, and tells of an hour
// that has far more (a Poisson tail). It says nothing before it knows an identity for kWeeks weeks.
// Bounded: kMaxIdentities, 700 bytes each.
class OffHours {
 public:
  static constexpr size_t kHours = 168;
  static constexpr int64_t kWeeks = 2;
  static constexpr size_t kMaxIdentities = 4'096;

  // See counts a call; a clue at most once an hour of each caller.
  std::optional<Clue> See(const Call& call);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.weeks_, kMaxIdentities);
  }

 private:
  struct Week {
    int64_t first_hour = 0;
    int64_t hour = 0;    // the one at hand, since 1970
    uint32_t calls = 0;  // in it
    bool told = false;
    std::array<float, kHours> usual{};  // mean of the weeks before

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.first_hour, self.hour, self.calls, self.told, self.usual);
    }
  };
  static void Turn(Week& week, int64_t hour);

  absl::flat_hash_map<NameId, Week> weeks_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_OFF_HOURS_H_
