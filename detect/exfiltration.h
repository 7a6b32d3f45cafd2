// More bytes than usual, or in the wrong direction.
#ifndef FIREBREAK_DETECT_EXFILTRATION_H_
#define FIREBREAK_DETECT_EXFILTRATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/edge_book.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Exfiltration looks at bytes by pair and hour. On a pair with a history it is a robust z-score of
// the logarithm of an hour's bytes, each direction for itself, so that a quiet store that is read
// out stands out as much as an upload. On a new pair to an address outside the mesh it is the shift
// of direction: megabytes that go out and nothing that comes back, from a caller that never did so.
//
// Misses: what hides within the ups and downs of a busy pair; what leaves over a pair whose hours
// differ a hundredfold anyway; less than kLeastBytes an hour.
class Exfiltration {
 public:
  static constexpr size_t kMaxPairs = size_t{1} << 18;
  static constexpr double kLeastBytes = 2e6;

  std::optional<Clue> See(const Call& call, bool new_pair);

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.talks_, kMaxPairs);
    state.Map(self.uploads_, kMaxPairs);
  }

 private:
  // Flow is one direction of a pair.
  struct Flow {
    double hour_bytes = 0;
    float centre = 0;  // of the log of an hour's bytes
    float spread = 0;  // mean absolute deviation from it
    uint16_t hours = 0;
    bool told = false;  // this hour

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.hour_bytes, self.centre, self.spread, self.hours, self.told);
      state.Require(self.hour_bytes >= 0 && self.spread >= 0);
    }
  };
  struct Talk {
    int64_t hour = 0;
    double sent = 0;  // while it was new
    double received = 0;
    bool outside_and_new = false;
    Flow out;
    Flow in;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.hour, self.sent, self.received, self.outside_and_new, self.out, self.in);
    }
  };
  static void Turn(Flow& flow);
  static double Score(const Flow& flow);
  static std::optional<Clue> Judge(Flow& flow);
  std::optional<Clue> JudgeNew(const Call& call, Talk& talk);

  absl::flat_hash_map<Pair, Talk> talks_;
  absl::flat_hash_map<NameId, uint32_t> uploads_;  // outside pairs of a caller that send, mostly
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_EXFILTRATION_H_
