// SimulatedClock stands still until a test moves it.
#ifndef FIREBREAK_BASE_SIMULATED_CLOCK_H_
#define FIREBREAK_BASE_SIMULATED_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

#include "base/clock.h"

namespace firebreak {

// Not thread-safe: the test that owns it is the only one to move it.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(absl::Time start = absl::FromUnixSeconds(1'800'000'000))
      : wall_(start), mono_(std::chrono::hours(1)) {}

  absl::Time WallNow() const override { return wall_; }
  MonoTime MonoNow() const override { return mono_; }

  // Advance moves both clocks, as time does.
  void Advance(absl::Duration by) {
    wall_ += by;
    mono_ += absl::ToChronoNanoseconds(by);
  }
  // JumpWall moves wall time alone, forwards or back, as an administrator does.
  void JumpWall(absl::Duration by) { wall_ += by; }

 private:
  absl::Time wall_;
  MonoTime mono_;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_SIMULATED_CLOCK_H_
