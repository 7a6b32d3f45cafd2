// Baseline learns what requests and protocols are usual, and says how far one is from that.
#ifndef FIREBREAK_INSPECT_BASELINE_BASELINE_H_
#define FIREBREAK_INSPECT_BASELINE_BASELINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "inspect/baseline/destination_model.h"
#include "inspect/baseline/deviation.h"
#include "inspect/baseline/observation.h"
#include "inspect/baseline/protocol_model.h"

namespace firebreak::inspect {

// kLearn takes requests in. kFreeze does not any more and decides nothing yet: the time for a
// review, and for seeing what would be blocked. kEnforce is for acting on what deviates.
enum class BaselineState : uint8_t { kLearn, kFreeze, kEnforce };
absl::string_view BaselineStateName(BaselineState state);

struct BaselineLimits {
  // Both must be reached before a baseline is enforced. The samples are requests, and connections
  // only where there are no requests. The time is that in kLearn, by a clock that nobody sets.
  uint64_t least_samples = 1'000;
  absl::Duration least_learning = absl::Hours(24);
  // Memory: a parameter of a route takes about 0.5 to 1 KiB. Above them the routes that were seen
  // least are forgotten; a destination beyond the last is not learned.
  size_t max_parameters = 4'000;
  size_t max_destinations = 16;
};

// A request that deviates while it is learned, as an attack in the training would, is not taken in.
// Its deviations are counted, and become normal once they have come often enough: for one that was
// never seen a few times will do, for requests that deviate in several ways at once it must be no
// rarity. Or they come from several sources.
//
// One thread at a time; Judge alone may be called by several while nothing changes.
class Baseline {
 public:
  // Often enough: this many times, and this share of the samples of the route.
  struct Often {
    uint64_t times;
    double share;
  };
  static constexpr Often kOftenOne = {.times = 4, .share = 0.001};
  static constexpr Often kOftenSeveral = {.times = 10, .share = 0.05};
  static constexpr size_t kHeldSources = 3;
  static constexpr size_t kMaxHeld = 4096;
  using Destinations = absl::flat_hash_map<std::string, DestinationModel>;

  Baseline(const BaselineLimits& limits, const Clock& clock);

  // Learn does nothing but in kLearn. True: the request was taken in.
  bool Learn(const Observation& request);
  bool Learn(const SpokenSample& connection);
  // Judge: score 0 and no samples for a destination that was never learned.
  Judgement Judge(const Observation& request) const;

  BaselineState state() const { return state_; }
  // SetState refuses kEnforce (FailedPrecondition, with what is missing) below the floors.
  absl::Status SetState(BaselineState state);

  uint64_t samples() const { return samples_; }  // requests
  const ProtocolModel& protocols() const { return protocols_; }
  // Requests that deviated too much to be learned.
  uint64_t held() const { return held_requests_; }
  absl::Time learning_since() const { return learning_since_; }  // for people
  // How long it was in kLearn, in all runs that its state file has seen.
  absl::Duration learned() const;
  const Destinations& destinations() const { return destinations_; }
  size_t bytes() const;  // of memory, about

 private:
  friend class ModelText;

  struct Held {
    uint64_t count = 0;
    std::array<uint64_t, kHeldSources> sources{};  // hashes; 0: none
  };

  bool MayLearn(DestinationModel& model, const Observation& request);
  struct Sighting {
    uint64_t deviation;  // hashes
    uint64_t source;
    uint64_t route_samples;
  };
  // Counts one deviation; true when it has become normal.
  bool Release(const Sighting& sighting, const Often& often);

  BaselineLimits limits_;
  const Clock& clock_;
  BaselineState state_ = BaselineState::kLearn;
  absl::Time learning_since_;
  absl::Duration learned_before_;  // until it came to be in its state
  MonoTime in_state_since_;
  uint64_t samples_ = 0;
  uint64_t held_requests_ = 0;
  size_t parameters_ = 0;
  Destinations destinations_;
  ProtocolModel protocols_;
  absl::flat_hash_map<uint64_t, Held> held_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_BASELINE_H_
